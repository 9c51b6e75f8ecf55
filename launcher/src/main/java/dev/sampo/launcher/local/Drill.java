package dev.sampo.launcher.local;

import dev.sampo.launcher.CommandFailure;
import dev.sampo.launcher.ledger.Fault;
import dev.sampo.launcher.ledger.Finding;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Trains a job on local nodes and kills some of them on the way, as planned. Each kill waits until
 * the cluster is whole again, so that what dies has a replica, and is followed until a step is
 * committed after it.
 */
public final class Drill {
  private static final Duration FOUND = Duration.ofSeconds(90);
  private static final Duration PAUSE = Duration.ofSeconds(2);
  private static final Duration TRAINED = Duration.ofMinutes(10);
  private static final Duration RECOVERED = Duration.ofSeconds(60);
  private static final Duration EXPORTED = Duration.ofSeconds(30);

  private final LocalRun run;
  private final List<String> nodes;
  private final Consumer<String> say;
  private final List<Finding> gaps = new ArrayList<>();

  /**
   * A drill on a run that has not begun.
   *
   * @param nodes to begin with
   * @param say takes what happens, in lines for people
   */
  public Drill(LocalRun run, List<String> nodes, Consumer<String> say) {
    this.run = run;
    this.nodes = List.copyOf(nodes);
    this.say = say;
  }

  /**
   * Trains to the end.
   *
   * @return what was planned and could not be done
   */
  public List<Finding> train(List<PlannedKill> plan) {
    nodes.forEach(run::start);
    run.submit(nodes.size(), FOUND);
    say.accept(
        "node %s trains %s: %d steps"
            .formatted(
                String.join(" ", nodes),
                run.job().job().recipe().name(),
                run.job().spec().steps()));
    plan.forEach(this::strike);
    run.require(() -> run.ledger().isFinished(), TRAINED, "the job did not finish");
    run.await(run::isExported, EXPORTED);
    return List.copyOf(gaps);
  }

  private void strike(PlannedKill planned) {
    if (!reach(planned)) {
      return;
    }
    List<String> victims = victims(planned);
    long version = run.ledger().version();
    Fault fault = run.kill(planned.kind(), victims);
    say.accept("%s at step %d".formatted(fault.words(), version));
    run.watch(PAUSE);
    switch (planned.successor()) {
      case SAME_NODE -> {
        victims.forEach(run::start);
        say.accept("started again on the folder it left: " + String.join(" ", victims));
      }
      case NEW_NODE -> {
        String name = run.unusedName();
        run.start(name);
        say.accept("started in its place, with an empty folder: " + name);
      }
    }
    awaitRecovery(fault);
  }

  private boolean reach(PlannedKill planned) {
    run.require(
        () ->
            run.ledger().isFinished()
                || (run.ledger().version() >= planned.atVersion()
                    && run.alive().size() == nodes.size()
                    && run.isWhole()),
        TRAINED,
        "the run got stuck: wanted-version=" + planned.atVersion());
    if (run.ledger().isFinished()) {
      gaps.add(
          Finding.unknown(
              "every kill was made",
              "the job was over before the cluster was whole again: planned=" + planned.words()));
    }
    return !run.ledger().isFinished();
  }

  private List<String> victims(PlannedKill planned) {
    Set<String> living = new TreeSet<>(run.alive());
    return switch (planned.kind()) {
      case COORDINATOR ->
          List.of(run.ledger().coordinator().filter(living::contains).orElseThrow());
      case OWNER -> List.of(drawn(planned, run.owners()));
      case WORKER -> {
        run.ledger().coordinator().ifPresent(living::remove);
        Set<String> ownsNothing = new TreeSet<>(living);
        ownsNothing.removeAll(run.owners());
        yield List.of(drawn(planned, ownsNothing.isEmpty() ? living : ownsNothing));
      }
      case ALL -> List.copyOf(living);
    };
  }

  private static String drawn(PlannedKill planned, Collection<String> candidates) {
    if (candidates.isEmpty()) {
      throw new CommandFailure("nobody is there to be hit: planned=" + planned.words());
    }
    return List.copyOf(candidates).get(planned.draw() % candidates.size());
  }

  private void awaitRecovery(Fault fault) {
    run.require(
        () -> run.ledger().recoveryMs(fault).isPresent() || run.ledger().isFinished(),
        RECOVERED,
        "the cluster did not recover: fault=" + fault.words());
    run.ledger()
        .recoveryMs(fault)
        .ifPresent(
            ms ->
                say.accept(
                    String.format(
                        Locale.ROOT,
                        "recovered: %.1f s from the kill to the next committed step",
                        ms / 1000.0)));
  }
}
