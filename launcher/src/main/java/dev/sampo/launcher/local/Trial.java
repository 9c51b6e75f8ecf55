package dev.sampo.launcher.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.launcher.CommandFailure;
import dev.sampo.launcher.JobAtHand;
import dev.sampo.launcher.ledger.Fault;
import dev.sampo.launcher.ledger.Finding;
import dev.sampo.launcher.ledger.Invariants;
import dev.sampo.launcher.ledger.Reference;
import dev.sampo.launcher.ledger.RunLedger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A job that was trained on three local nodes while some of them were killed.
 *
 * @param steps of the job
 * @param ledger of all nodes' events
 * @param faults that were brought about
 * @param gaps what was planned and could not be done
 * @param seconds from the first process to the last model
 */
public record Trial(
    long steps, RunLedger ledger, List<Fault> faults, List<Finding> gaps, double seconds) {
  /** Longest time without a committed step after a kill, on a machine that does nothing else. */
  public static final int RECOVERY_LIMIT_S = 20;

  /** As {@link #RECOVERY_LIMIT_S}. */
  public static final Duration RECOVERY_LIMIT = Duration.ofSeconds(RECOVERY_LIMIT_S);

  private static final List<String> NODES = List.of("a", "b", "c");
  private static final String ALONE = "alone";

  /** Threads of the one node of an undisturbed run: another number than the trial's nodes have. */
  private static final int THREADS_ALONE = Math.min(2, Runtime.getRuntime().availableProcessors());

  /** Copies the lists. */
  public Trial {
    faults = List.copyOf(faults);
    gaps = List.copyOf(gaps);
  }

  /**
   * Trains under kills.
   *
   * @param folder for the nodes' folders
   */
  public static Trial of(JobAtHand job, List<PlannedKill> plan, Path folder, Screen screen) {
    long began = System.nanoTime();
    RunScreen shown = new RunScreen(screen, job, System::nanoTime);
    try (LocalRun run = new LocalRun(job, folder, NODES, 1, shown)) {
      List<Finding> gaps = new Drill(run, NODES, screen::line).train(plan);
      double seconds = (System.nanoTime() - began) * 1e-9;
      return new Trial(job.spec().steps(), run.ledger(), run.faults(), gaps, seconds);
    }
  }

  /**
   * Trains the same on one node that nobody disturbs.
   *
   * @param job with one replica of each shard
   */
  public static Reference undisturbed(JobAtHand job, Path folder, Screen screen) {
    screen.line("the same job undisturbed, on one node, threads=" + THREADS_ALONE);
    RunScreen shown = new RunScreen(screen, job, System::nanoTime);
    try (LocalRun run = new LocalRun(job, folder, List.of(ALONE), THREADS_ALONE, shown)) {
      new Drill(run, List.of(ALONE), screen::line).train(List.of());
      return Reference.of(run.ledger())
          .orElseThrow(
              () ->
                  new CommandFailure(
                      "the undisturbed run wrote no model: troubles=" + run.ledger().troubles()));
    }
  }

  /**
   * What must be true of every run, and of every recovery.
   *
   * @param recoveryLimit longest time without a committed step after a kill
   */
  public List<Finding> findings(Duration recoveryLimit) {
    Invariants invariants = new Invariants(ledger, steps);
    List<Finding> findings = new ArrayList<>(gaps);
    findings.addAll(invariants.of(faults, recoveryLimit.toMillis()));
    findings.addAll(invariants.ofTheRunAlone());
    return findings;
  }

  /** Puts what happened into a report. */
  public void addTo(ObjectNode report) {
    report.put("steps", steps);
    report.put("committed", ledger.version());
    report.put("seconds", seconds);
    ArrayNode array = report.putArray("faults");
    for (Fault fault : faults) {
      ObjectNode entry = array.addObject();
      entry.put("kind", fault.kind().name().toLowerCase(Locale.ROOT));
      fault.nodes().forEach(entry.putArray("nodes")::add);
      ledger.recoveryMs(fault).ifPresent(ms -> entry.put("recoveryMs", ms));
      ledger.reactions(fault).forEach(entry.putArray("reactions")::add);
    }
  }

  /** That nothing of it can be seen in what was learned. */
  public List<Finding> against(Reference reference) {
    return new Invariants(ledger, steps).against(reference);
  }
}
