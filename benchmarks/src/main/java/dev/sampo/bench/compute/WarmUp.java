package dev.sampo.bench.compute;

import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;

/**
 * Turns before those that count, until the compiler has nothing left to do: while it works, it
 * takes a core from what is measured, and what it has not compiled yet is slow.
 */
final class WarmUp {
  private static final int LEAST_TURNS = 2;
  private static final int MOST_TURNS = 12;

  /** The part of a turn's time for which the compiler may still work. */
  private static final double QUIET_SHARE = 0.02;

  private WarmUp() {}

  static void run(Runnable turn) {
    CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
    for (int done = 0; done < MOST_TURNS; done++) {
      long compiling = compiler.getTotalCompilationTime();
      long begun = System.nanoTime();
      turn.run();
      double turnMillis = (System.nanoTime() - begun) * 1e-6;
      compiling = compiler.getTotalCompilationTime() - compiling;
      if (done + 1 >= LEAST_TURNS && compiling < QUIET_SHARE * turnMillis) {
        return;
      }
    }
  }
}
