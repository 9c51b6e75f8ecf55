package dev.sampo.gradient;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/** The machine's clock, for comparing it with others'. Nothing is decided by it. */
final class WallClock {
  private WallClock() {}

  /** Microseconds since 1970. */
  static long nowUs() {
    Instant now = Instant.now();
    return TimeUnit.SECONDS.toMicros(now.getEpochSecond())
        + TimeUnit.NANOSECONDS.toMicros(now.getNano());
  }
}
