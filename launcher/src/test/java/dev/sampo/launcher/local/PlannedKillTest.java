package dev.sampo.launcher.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.launcher.ledger.Fault;
import dev.sampo.launcher.local.PlannedKill.Successor;
import dev.sampo.launcher.local.PlannedKill.Window;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class PlannedKillTest {
  @Test
  void fallsIntoItsWindow() {
    Window window = new Window(0.25, 0.5, 100);
    for (long seed = 1; seed <= 1_000; seed++) {
      PlannedKill kill = drawn(seed, window);
      String shown = "seed=" + seed + ", kill=" + kill;
      assertTrue(25 <= kill.atVersion() && kill.atVersion() < 50, shown);
      assertTrue(kill.draw() >= 0, shown);
    }
  }

  @Test
  void waitsForTheFirstStepOfEvenTheShortestJob() {
    assertEquals(1, drawn(7, new Window(0, 0.5, 1)).atVersion());
  }

  @Test
  void refusesToReplaceAllNodesByNewOnes() {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> new PlannedKill(Fault.Kind.ALL, 5, 0, Successor.NEW_NODE));
    assertEquals("where all die, the stores must come back: kind=ALL", refusal.getMessage());
    assertEquals(
        "all nodes at step 5", new PlannedKill(Fault.Kind.ALL, 5, 0, Successor.SAME_NODE).words());
  }

  private static PlannedKill drawn(long seed, Window window) {
    return PlannedKill.draw(
        new SplittableRandom(seed), Fault.Kind.OWNER, window, Successor.NEW_NODE);
  }
}
