package dev.sampo.device.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class WorkerPoolTest {
  private static final int THREADS = 4;

  /** Kernels so short that helpers come late for most of them, and find another one running. */
  @Test
  void everyPartOfEveryKernelRunsOnce() {
    try (WorkerPool pool = WorkerPool.start(THREADS)) {
      for (int kernel = 0; kernel < 20_000; kernel++) {
        int count = 1 + kernel % 7 * 5;
        int[] expected = new int[count];
        Arrays.fill(expected, kernel);
        int[] written = new int[count];
        AtomicIntegerArray times = new AtomicIntegerArray(count);
        int mark = kernel;
        pool.run(
            count,
            (part, worker) -> {
              times.incrementAndGet(part);
              written[part] = mark;
            });
        assertArrayEquals(expected, written, "kernel " + kernel);
        for (int part = 0; part < count; part++) {
          assertEquals(1, times.get(part), "kernel " + kernel + ", part " + part);
        }
      }
    }
  }

  @Test
  void noTwoPartsRunAtOnceForOneWorker() {
    try (WorkerPool pool = WorkerPool.start(THREADS)) {
      AtomicIntegerArray busy = new AtomicIntegerArray(THREADS);
      for (int kernel = 0; kernel < 200; kernel++) {
        pool.run(
            50,
            (part, worker) -> {
              assertEquals(1, busy.incrementAndGet(worker), "worker " + worker);
              busy.decrementAndGet(worker);
            });
      }
    }
  }

  @Test
  void aFailureInAHelperThreadReachesTheCaller() {
    try (WorkerPool pool = WorkerPool.start(3)) {
      RuntimeException thrown =
          assertThrows(
              RuntimeException.class,
              () ->
                  pool.run(
                      100,
                      (part, worker) -> {
                        throw new IllegalArgumentException("part " + part);
                      }));
      assertTrue(String.valueOf(thrown.getCause()).contains("part "), thrown::toString);
      int[] done = new int[100];
      pool.run(100, (part, worker) -> done[part]++);
      for (int count : done) {
        assertEquals(1, count);
      }
    }
  }
}
