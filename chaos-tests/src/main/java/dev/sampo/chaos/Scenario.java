package dev.sampo.chaos;

import dev.sampo.launcher.ledger.Fault;
import dev.sampo.launcher.local.PlannedKill;
import dev.sampo.launcher.local.PlannedKill.Successor;
import dev.sampo.launcher.local.PlannedKill.Window;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * What happens to a cluster, as a function of a seed.
 *
 * @param name on the command line
 * @param description in a line
 * @param settings of the job, over those of the demonstration's
 */
record Scenario(String name, String description, List<String> settings) {
  /** The order in which they are listed. */
  static final List<Scenario> ALL =
      List.of(
          new Scenario(
              "smoke",
              "kill -9 a worker's node, a shard owner's, the coordinator's, then all at once",
              List.of(
                  "job.name=chaos-smoke",
                  "job.steps=400",
                  "job.shards=2",
                  "job.model.layers=2",
                  "job.model.heads=2",
                  "job.model.width=64",
                  "job.model.context=64")));

  /** Copies the settings. */
  Scenario {
    settings = List.copyOf(settings);
  }

  static Optional<Scenario> named(String name) {
    return ALL.stream().filter(scenario -> scenario.name.equals(name)).findFirst();
  }

  /** Each kind of kill once, in windows that leave the cluster time to become whole again. */
  List<PlannedKill> plan(long seed, long steps) {
    SplittableRandom random = new SplittableRandom(seed);
    return List.of(
        PlannedKill.draw(
            random, Fault.Kind.WORKER, new Window(0.05, 0.20, steps), Successor.SAME_NODE),
        PlannedKill.draw(
            random, Fault.Kind.OWNER, new Window(0.25, 0.40, steps), Successor.NEW_NODE),
        PlannedKill.draw(
            random, Fault.Kind.COORDINATOR, new Window(0.45, 0.60, steps), Successor.SAME_NODE),
        PlannedKill.draw(
            random, Fault.Kind.ALL, new Window(0.65, 0.80, steps), Successor.SAME_NODE));
  }
}
