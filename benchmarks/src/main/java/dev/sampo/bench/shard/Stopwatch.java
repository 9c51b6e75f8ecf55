package dev.sampo.bench.shard;

import java.util.Arrays;

/** Times what is repeated. */
final class Stopwatch {
  private Stopwatch() {}

  /** What is timed. */
  @FunctionalInterface
  interface Work {
    void run() throws Exception;
  }

  /** The median of some runs after some to warm up, in seconds. */
  static double medianSeconds(int warmUps, int runs, Work work) throws Exception {
    double[] seconds = new double[runs];
    for (int run = -warmUps; run < runs; run++) {
      double taken = seconds(work);
      if (run >= 0) {
        seconds[run] = taken;
      }
    }
    Arrays.sort(seconds);
    return seconds[runs / 2];
  }

  static double seconds(Work work) throws Exception {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) * 1e-9;
  }
}
