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
 * @param steps of the job
 * @param hits in their order, each early enough for the next to find the cluster whole
 */
record Scenario(String name, String description, long steps, List<Hit> hits) {
  /** In the order in which they are listed. */
  static final List<Scenario> ALL =
      List.of(
          new Scenario(
              "smoke",
              "kill -9 a worker's node, a shard owner's, the coordinator's, then all at once",
              400,
              List.of(
                  new Hit(Fault.Kind.WORKER, 0.05, 0.20, Successor.SAME_NODE),
                  new Hit(Fault.Kind.OWNER, 0.25, 0.40, Successor.NEW_NODE),
                  new Hit(Fault.Kind.COORDINATOR, 0.45, 0.60, Successor.SAME_NODE),
                  new Hit(Fault.Kind.ALL, 0.65, 0.80, Successor.SAME_NODE))),
          new Scenario(
              "blackout",
              "kill -9 all nodes at once, which is all that a power cut leaves of their processes",
              200,
              List.of(new Hit(Fault.Kind.ALL, 0.25, 0.75, Successor.SAME_NODE))));

  /** Copies the hits. */
  Scenario {
    hits = List.copyOf(hits);
  }

  /**
   * A kill, at a moment that is drawn.
   *
   * @param kind what the victim must have
   * @param low least fraction of the job's steps
   * @param high largest fraction
   * @param successor what is started afterwards
   */
  record Hit(Fault.Kind kind, double low, double high, Successor successor) {}

  static Optional<Scenario> named(String name) {
    return ALL.stream().filter(scenario -> scenario.name.equals(name)).findFirst();
  }

  /** Settings of the job, over those of the demonstration's. */
  List<String> settings() {
    return List.of(
        "job.name=chaos-" + name,
        "job.steps=" + steps,
        "job.shards=2",
        "job.model.layers=2",
        "job.model.heads=2",
        "job.model.width=64",
        "job.model.context=64");
  }

  /** The kills of a seed, for a job of so many steps. */
  List<PlannedKill> plan(long seed, long steps) {
    SplittableRandom random = new SplittableRandom(seed);
    return hits.stream()
        .map(
            hit ->
                PlannedKill.draw(
                    random, hit.kind, new Window(hit.low, hit.high, steps), hit.successor))
        .toList();
  }
}
