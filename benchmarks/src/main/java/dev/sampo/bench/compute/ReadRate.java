package dev.sampo.bench.compute;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The most that this machine's memory gives to so many threads that only read: each one several
 * streams at once, so that one page's end does not stall it, and four sums that do not wait for
 * each other. No kernel that uses what it reads can be faster, so this is what a writing model is
 * held against.
 */
final class ReadRate {
  private static final VectorSpecies<Long> LANES = LongVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final long BYTES = 256L << 20;
  private static final int STREAMS = 4;
  private static final int ROUNDS = 15;

  private ReadRate() {}

  /** Bytes a second, the best of some rounds over {@code 256} MiB. */
  static double measure(int threads) {
    try (Arena arena = Arena.ofShared();
        ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      MemorySegment memory = arena.allocate(BYTES, 64);
      memory.fill((byte) 1);
      long part = BYTES / threads / STREAMS / 64 * 64 * STREAMS;
      double best = 0;
      for (int round = 0; round < ROUNDS; round++) {
        long start = System.nanoTime();
        List<Future<Long>> reads = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
          MemorySegment mine = memory.asSlice(thread * part, part);
          reads.add(executor.submit(() -> read(mine)));
        }
        for (Future<Long> read : reads) {
          if (read.get() != 0) {
            throw new IllegalStateException("equal words, an even number of them, cancel out");
          }
        }
        best = Math.max(best, part * threads / ((System.nanoTime() - start) * 1e-9));
      }
      return best;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while reading memory", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("memory could not be read", e);
    }
  }

  private static long read(MemorySegment memory) {
    long stream = memory.byteSize() / STREAMS;
    LongVector a = LongVector.zero(LANES);
    LongVector b = a;
    LongVector c = a;
    LongVector d = a;
    for (long at = 0; at < stream; at += LANES.vectorByteSize()) {
      a = a.lanewise(VectorOperators.XOR, words(memory, at));
      b = b.lanewise(VectorOperators.XOR, words(memory, at + stream));
      c = c.lanewise(VectorOperators.XOR, words(memory, at + 2 * stream));
      d = d.lanewise(VectorOperators.XOR, words(memory, at + 3 * stream));
    }
    LongVector left = a.lanewise(VectorOperators.XOR, b);
    LongVector right = c.lanewise(VectorOperators.XOR, d);
    return left.lanewise(VectorOperators.XOR, right).reduceLanes(VectorOperators.XOR);
  }

  private static LongVector words(MemorySegment memory, long at) {
    return LongVector.fromMemorySegment(LANES, memory, at, ORDER);
  }
}
