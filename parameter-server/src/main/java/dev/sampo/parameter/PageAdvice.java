package dev.sampo.parameter;

import net.openhft.posix.MAdviseFlag;
import net.openhft.posix.PosixAPI;
import net.openhft.posix.PosixRuntimeException;

/** What the operating system is told of how a mapped file will be used; it may not listen. */
final class PageAdvice {
  /** Pages are at most so large anywhere. */
  private static final long LARGEST_PAGE_BYTES = 64 * 1024;

  private PageAdvice() {}

  /** Pages there are touched one here and one there: those around them are not to be brought in. */
  static void touchedSingly(long address, long bytes) {
    long from = Math.ceilDiv(address, LARGEST_PAGE_BYTES) * LARGEST_PAGE_BYTES;
    if (from < address + bytes) {
      try {
        PosixAPI.posix().madvise(from, address + bytes - from, MAdviseFlag.MADV_RANDOM);
      } catch (PosixRuntimeException | LinkageError e) {
        // It is slower without.
      }
    }
  }
}
