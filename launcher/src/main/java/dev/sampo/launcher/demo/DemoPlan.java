package dev.sampo.launcher.demo;

import dev.sampo.launcher.ledger.Fault;
import dev.sampo.launcher.local.PlannedKill;
import dev.sampo.launcher.local.PlannedKill.Successor;
import dev.sampo.launcher.local.PlannedKill.Window;
import java.util.List;
import java.util.SplittableRandom;

/** What the demonstration kills, and when. */
final class DemoPlan {
  private DemoPlan() {}

  /**
   * The kills of that seed: the coordinator's node in the first third, which comes back; a shard
   * owner's after half-time, which does not.
   */
  static List<PlannedKill> of(long seed, long steps) {
    SplittableRandom random = new SplittableRandom(seed);
    return List.of(
        PlannedKill.draw(
            random, Fault.Kind.COORDINATOR, new Window(0.12, 0.32, steps), Successor.SAME_NODE),
        PlannedKill.draw(
            random, Fault.Kind.OWNER, new Window(0.50, 0.68, steps), Successor.NEW_NODE));
  }
}
