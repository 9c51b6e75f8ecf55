package dev.sampo.bench.sync;

import dev.sampo.device.FloatVectors;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * What the machine's memory allows one thread, in the same process and in turns.
 *
 * @param copyGbPerSecond bytes copied in a second, each read and written
 * @param sumGbPerSecond bytes that the summation reads and writes in a second: two in, one out
 */
record MemoryRates(double copyGbPerSecond, double sumGbPerSecond) {
  private static final int ROUNDS = 30;

  static MemoryRates measure(long bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment a = arena.allocate(bytes, 64);
      MemorySegment b = arena.allocate(bytes, 64);
      MemorySegment c = arena.allocate(bytes, 64);
      a.fill((byte) 1);
      b.fill((byte) 2);
      double[] copies = new double[ROUNDS];
      double[] sums = new double[ROUNDS];
      for (int n = -ROUNDS; n < ROUNDS; n++) {
        long fromNs = System.nanoTime();
        MemorySegment.copy(a, 0, c, 0, bytes);
        long betweenNs = System.nanoTime();
        FloatVectors.add(c, a, b);
        long endNs = System.nanoTime();
        if (n >= 0) {
          copies[n] = betweenNs - fromNs;
          sums[n] = endNs - betweenNs;
        }
      }
      Arrays.sort(copies);
      Arrays.sort(sums);
      return new MemoryRates(2 * bytes / copies[ROUNDS / 2], 3 * bytes / sums[ROUNDS / 2]);
    }
  }
}
