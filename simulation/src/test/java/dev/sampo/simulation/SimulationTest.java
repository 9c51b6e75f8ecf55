package dev.sampo.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Some thousands of histories on every build; {@code ./sampo simulate} runs as many as wanted. */
class SimulationTest {
  private static final long HISTORIES = 5_000;

  private static String told(Campaign.Result result) {
    List<String> lines = new ArrayList<>();
    result.findings().forEach(finding -> lines.addAll(finding.lines()));
    return String.join("\n", lines);
  }

  @Test
  void everyLawHoldsAfterEveryEventEveryJobEndsAndEveryWayIsTaken() throws InterruptedException {
    long beganNanos = System.nanoTime();
    Campaign.Result result = Campaign.run(1, HISTORIES, 2, progress -> {});
    double seconds = (System.nanoTime() - beganNanos) / 1e9;
    System.out.printf(
        "simulated histories=%d, events=%d, seconds=%.1f, events/s=%.0f%n",
        result.histories(), result.events(), seconds, result.events() / seconds);
    assertTrue(result.passed(), told(result));
    List<String> never = new ArrayList<>(result.taken().never());
    assertEquals(List.of(), never, "ways never taken");
  }

  /** Trace 27, again and again. */
  @Test
  void aJobWithOneCopyOfEverythingFallsBackAndGoesOn() {
    for (long seed = 0; seed < 200; seed++) {
      Simulation.Outcome outcome = Simulation.run(Directed.baseDies(seed));
      assertTrue(outcome.passed(), "seed=" + seed + ": " + outcome.violation());
    }
  }

  @Test
  void whatARestoreGaveUpDoesNotComeBackWithThePower() {
    for (long seed = 0; seed < 100; seed++) {
      Simulation.Outcome outcome = Simulation.run(Directed.powerGoesAfterARestore(seed));
      assertTrue(outcome.passed(), "seed=" + seed + ": " + outcome.violation());
    }
  }

  @Test
  void aDeviceThatLiesIsFoundOutWhereTwoOthersAreOfItsClass() {
    for (long seed = 0; seed < 100; seed++) {
      Simulation.Outcome outcome = Simulation.run(Directed.oneLies(seed));
      assertTrue(outcome.passed(), "seed=" + seed + ": " + outcome.violation());
      long found = outcome.taken().counts().getOrDefault(Way.FOUND_WRONG.words, 0L);
      assertEquals(1, found, "quarantined, seed=" + seed);
    }
  }

  @Test
  void aHistoryIsAFunctionOfItsSeed() {
    List<String> first = new ArrayList<>();
    List<String> again = new ArrayList<>();
    Simulation.trace(Schedule.of(5), first::add);
    Simulation.trace(Schedule.of(5), again::add);
    assertFalse(first.isEmpty());
    assertEquals(first, again);
  }

  @Test
  void whatACampaignFindsDoesNotDependOnItsThreads() throws InterruptedException {
    Campaign.Result one = Campaign.run(1, 100, 1, progress -> {});
    Campaign.Result three = Campaign.run(1, 100, 3, progress -> {});
    assertEquals(one.events(), three.events());
    assertEquals(one.taken().counts(), three.taken().counts());
  }
}
