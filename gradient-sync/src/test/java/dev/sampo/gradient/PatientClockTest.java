package dev.sampo.gradient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class PatientClockTest {
  private long realMs = 1_000;
  private final PatientClock clock = PatientClock.ofMillis(() -> realMs);

  @Test
  void runsWithTheOtherClockWhileItIsRead() {
    for (int n = 0; n < 100; n++) {
      realMs += 400;
      assertEquals(realMs, clock.now());
    }
  }

  @Test
  void doesNotCountAStopAndMakesUpForItLater() {
    realMs += 60_000;
    assertEquals(1_500, clock.now());
    long last = clock.now();
    for (int n = 0; n < 1_000; n++) {
      realMs += 100;
      long now = clock.now();
      assertTrue(now - last <= 200, "at most twice the speed: " + (now - last));
      last = now;
    }
    assertEquals(realMs, last, "no lag is left");
  }

  @Test
  void neverRunsBackwards() {
    long last = clock.now();
    for (int n = 0; n < 1_000; n++) {
      realMs += n % 7 == 0 ? 3_000 : n % 11;
      long now = clock.now();
      assertTrue(now >= last);
      last = now;
    }
  }
}
