package dev.sampo.protocol.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Some thousands of histories on every build.
 *
 * <p>{@code -Dsampo.seed=N} replays one; {@code -Dsampo.histories=N} runs more of them, from seed
 * {@code -Dsampo.from=N} on.
 */
class SimulationTest {
  private static final long HISTORIES = 2_000;
  private static final long PLANTED_HISTORIES = 3_000;

  @Test
  void everyLawHoldsAfterEveryEventAndEveryJobEnds() {
    Long seed = Long.getLong("sampo.seed");
    long from = seed != null ? seed : Long.getLong("sampo.from", 0);
    long histories = seed != null ? 1 : Long.getLong("sampo.histories", HISTORIES);
    long beganNanos = System.nanoTime();
    long events = 0;
    for (long next = from; next < from + histories; next++) {
      events += Simulation.run(next);
    }
    double seconds = (System.nanoTime() - beganNanos) / 1e9;
    System.out.printf(
        "simulated histories=%d, events=%d, seconds=%.1f, events/s=%.0f%n",
        histories, events, seconds, events / seconds);
    assertTrue(events > histories, "histories without events: " + events);
  }

  @Test
  void aHistoryIsAFunctionOfItsSeed() {
    assertEquals(Simulation.run(5), Simulation.run(5));
  }

  @ParameterizedTest
  @EnumSource(value = Plant.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void findsThePlantedBug(Plant plant) {
    AssertionError found =
        assertThrows(
            AssertionError.class,
            () -> {
              for (long seed = 0; seed < PLANTED_HISTORIES; seed++) {
                Simulation.run(History.of(seed), plant);
              }
            },
            "not found in " + PLANTED_HISTORIES + " histories");
    String message = String.valueOf(found.getMessage());
    assertTrue(message.contains("-Dsampo.seed="), message);
  }
}
