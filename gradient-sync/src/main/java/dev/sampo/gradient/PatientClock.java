package dev.sampo.gradient;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * A clock that does not run while the process is stopped (SIGSTOP, a suspended virtual machine), so
 * that on waking up nobody in it counts as dead for a silence that nobody could have broken.
 *
 * <p>Whoever lives in the process reads it many times a second. A longer gap between two readings
 * was a stop: the clock lags behind by it, and makes up for the lag by running at twice the speed,
 * since others compare their own clocks with it. Read by any thread.
 */
final class PatientClock {
  /** The longest gap that may come of a busy machine alone. */
  private static final long LONGEST_GAP_NS = TimeUnit.MILLISECONDS.toNanos(500);

  private final LongSupplier clock;
  private final long longestGap;
  private long lastReading;
  private long lag;

  private PatientClock(LongSupplier clock, long longestGap) {
    this.clock = clock;
    this.longestGap = longestGap;
    this.lastReading = clock.getAsLong();
  }

  static PatientClock ofNanos(LongSupplier clockNs) {
    return new PatientClock(clockNs, LONGEST_GAP_NS);
  }

  static PatientClock ofMillis(LongSupplier clockMs) {
    return new PatientClock(clockMs, TimeUnit.NANOSECONDS.toMillis(LONGEST_GAP_NS));
  }

  synchronized long now() {
    long reading = clock.getAsLong();
    long gap = reading - lastReading;
    lastReading = reading;
    if (gap > longestGap) {
      lag += gap - longestGap;
    } else if (gap > 0) {
      lag -= Math.min(lag, gap);
    }
    return reading - lag;
  }
}
