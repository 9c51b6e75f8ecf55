package dev.sampo.launcher;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Tells about once a second how far a long work on bytes is, how fast, and when it will end. */
final class Meter {
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final double MEGA = 1e6;

  private final PrintWriter out;
  private final String verb;
  private final long bytes;
  private long startNanos = -1;
  private long nextNanos;
  private boolean told;

  /**
   * @param verb what is being done, in the past tense
   * @param bytes in all
   */
  Meter(PrintWriter out, String verb, long bytes) {
    this.out = out;
    this.verb = verb;
    this.bytes = bytes;
  }

  /** So much is done by now. */
  void reached(long done, String details, long nowNanos) {
    if (startNanos < 0) {
      startNanos = nowNanos;
      nextNanos = nowNanos + PAUSE_NANOS;
      return;
    }
    if (nowNanos - nextNanos < 0) {
      return;
    }
    nextNanos = nowNanos + PAUSE_NANOS;
    double rate = done / ((nowNanos - startNanos) * 1e-9);
    out.printf(
        Locale.ROOT,
        "%s %.1f of %.1f MB, %s, %.1f MB/s, ETA %s%n",
        verb,
        done / MEGA,
        bytes / MEGA,
        details,
        rate / MEGA,
        rate > 0 ? "%.0f s".formatted((bytes - done) / rate) : "?");
    told = true;
  }

  /** All is done. */
  void end() {
    if (told) {
      out.printf(Locale.ROOT, "%s %.1f MB%n", verb, bytes / MEGA);
    }
  }
}
