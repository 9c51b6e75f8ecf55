package dev.sampo.planted.protocol;

import java.time.Instant;

/** Breaks a rule on purpose. */
final class LooksAtTheClock {
  long look() {
    return System.nanoTime() + System.currentTimeMillis() + Instant.now().toEpochMilli();
  }
}
