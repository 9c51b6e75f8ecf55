package dev.sampo.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The simulator finds what it should, shortens it, and says how to see it again. */
class PlantTest {
  /** Histories that are tried for each bug, from the seed on that its enum constant names. */
  private static final int HISTORIES = 2_000;

  private static Simulation.Outcome find(Plant plant) {
    for (long seed = plant.fromSeed(); seed < plant.fromSeed() + HISTORIES; seed++) {
      Simulation.Outcome outcome = Simulation.run(plant.schedule(seed), plant.make(), null);
      if (!outcome.passed()) {
        System.out.printf(
            "planted %s: history %d from %d on, %.90s%n",
            plant, seed - plant.fromSeed() + 1, plant.fromSeed(), outcome.violation());
        return outcome;
      }
    }
    return fail("not found: plant=" + plant + ", from seed=" + plant.fromSeed());
  }

  @ParameterizedTest
  @EnumSource(Plant.class)
  void findsThePlantedBug(Plant plant) {
    Simulation.Outcome found = find(plant);
    assertTrue(
        Simulation.run(found.schedule()).passed(),
        "without the bug the same history holds: seed=" + found.schedule().seed());
  }

  @Test
  void aFindingIsShortenedAndCanBeReplayed() {
    Simulation.Outcome found = find(Plant.INCARNATIONS_ARE_IGNORED);
    Sabotage again = Plant.INCARNATIONS_ARE_IGNORED.make();
    Finding finding = Finding.of(found, again);
    Schedule shortest = finding.shortest();
    assertTrue(shortest.faults().size() < found.schedule().faults().size(), shortest.only());
    Schedule parsed = Schedule.parse(shortest.seed(), shortest.only()).orElseThrow();
    assertEquals(shortest, parsed);
    assertEquals(finding.shortestLaw(), Simulation.run(parsed, again, null).violation());
    String told = String.join("\n", finding.lines());
    assertTrue(told.contains("replay: ./sampo simulate --trace " + shortest.seed()), told);
    assertTrue(told.contains("faults are enough"), told);
  }
}
