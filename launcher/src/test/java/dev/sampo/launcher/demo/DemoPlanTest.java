package dev.sampo.launcher.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.launcher.ledger.Fault;
import dev.sampo.launcher.local.PlannedKill;
import dev.sampo.launcher.local.PlannedKill.Successor;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class DemoPlanTest {
  private static final long STEPS = 600;

  @Test
  void theCoordinatorDiesInTheFirstThirdAndAnOwnerAfterHalfTime() {
    for (long seed = 1; seed <= 10; seed++) {
      List<PlannedKill> plan = DemoPlan.of(seed, STEPS);
      String shown = "seed=" + seed + ", plan=" + plan;
      assertEquals(
          List.of(Fault.Kind.COORDINATOR, Fault.Kind.OWNER),
          plan.stream().map(PlannedKill::kind).toList(),
          shown);
      assertEquals(
          List.of(Successor.SAME_NODE, Successor.NEW_NODE),
          plan.stream().map(PlannedKill::successor).toList(),
          shown);
      assertBetween(STEPS * 12 / 100, plan.get(0).atVersion(), STEPS / 3, shown);
      assertBetween(STEPS / 2, plan.get(1).atVersion(), STEPS * 68 / 100, shown);
    }
  }

  @Test
  void theSeedAloneDecides() {
    Set<List<PlannedKill>> plans = new HashSet<>();
    for (long seed = 1; seed <= 10; seed++) {
      assertEquals(DemoPlan.of(seed, STEPS), DemoPlan.of(seed, STEPS), "seed=" + seed);
      plans.add(DemoPlan.of(seed, STEPS));
    }
    assertEquals(10, plans.size(), "ten seeds, ten plans");
  }

  private static void assertBetween(long low, long value, long high, String shown) {
    assertTrue(
        low <= value && value <= high, () -> low + " <= " + value + " <= " + high + ": " + shown);
  }
}
