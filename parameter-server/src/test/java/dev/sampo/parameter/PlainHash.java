package dev.sampo.parameter;

import dev.sampo.protocol.Digest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.Arrays;

/** The hash of {@link LaneSums}, one word at a time: plain enough to be its specification. */
final class PlainHash {
  private PlainHash() {}

  /** The digest of one plane. */
  static Digest of(byte[] plane) {
    MessageDigest sha256 = Digest.sha256();
    sha256.update(sums(plane));
    return Digest.of(sha256.digest());
  }

  /** The digest of the state of a flat side. */
  static Digest state(MemorySegment side, long planeBytes) {
    MessageDigest sha256 = Digest.sha256();
    for (long at = planeBytes; at < side.byteSize(); at += planeBytes) {
      sha256.update(sums(side.asSlice(at, planeBytes).toArray(ValueLayout.JAVA_BYTE)));
    }
    return Digest.of(sha256.digest());
  }

  private static byte[] sums(byte[] plane) {
    int lines = (plane.length + LaneSums.LINE_BYTES - 1) / LaneSums.LINE_BYTES;
    ByteBuffer words =
        ByteBuffer.wrap(Arrays.copyOf(plane, lines * LaneSums.LINE_BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer result = ByteBuffer.allocate(LaneSums.RESULT_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int pass = 0; pass < LaneSums.PASSES; pass++) {
      for (int lane = 0; lane < LaneSums.LANES; lane++) {
        result.putLong(total(words, lines, pass, lane));
      }
    }
    return result.putLong(plane.length).array();
  }

  private static long total(ByteBuffer words, int lines, int pass, int lane) {
    long total = 0;
    for (int first = 0; first < lines; first += LaneSums.LEAF_LINES) {
      long leaf = 0;
      for (int line = first; line < Math.min(lines, first + LaneSums.LEAF_LINES); line++) {
        int at = line * LaneSums.LINE_BYTES + lane * Long.BYTES;
        int low = words.getInt(at) + LaneSums.key(pass, line - first, lane, 0);
        int high = words.getInt(at + Integer.BYTES) + LaneSums.key(pass, line - first, lane, 1);
        leaf += Integer.toUnsignedLong(low) * Integer.toUnsignedLong(high);
      }
      total +=
          mixed(leaf + LaneSums.salt(pass, lane) + first / LaneSums.LEAF_LINES * LaneSums.GOLDEN);
    }
    return total;
  }

  private static long mixed(long sum) {
    long v = (sum ^ (sum >>> 30)) * LaneSums.MIX_1;
    v = (v ^ (v >>> 27)) * LaneSums.MIX_2;
    return v ^ (v >>> 31);
  }
}
