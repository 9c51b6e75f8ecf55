package dev.sampo.launcher.demo;

import dev.sampo.launcher.CommandFailure;
import dev.sampo.launcher.JobAtHand;
import dev.sampo.launcher.ledger.Fault;
import dev.sampo.launcher.ledger.Finding;
import dev.sampo.launcher.ledger.Invariants;
import dev.sampo.launcher.ledger.Reference;
import dev.sampo.launcher.ledger.RunLedger;
import dev.sampo.launcher.ledger.Verdict;
import dev.sampo.launcher.local.Folders;
import dev.sampo.launcher.local.LocalRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The script of the demonstration. */
final class Demo {
  private static final List<String> NODES = List.of("a", "b", "c");
  private static final String REPLACEMENT = "d";
  private static final String ALONE = "alone";
  private static final Duration FOUND = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofSeconds(2);
  private static final Duration TRAINED = Duration.ofMinutes(10);
  private static final Duration RECOVERED = Duration.ofSeconds(60);
  private static final Duration EXPORTED = Duration.ofSeconds(30);

  /** The bar for the time without a committed step after a kill. */
  private static final long RECOVERY_LIMIT_MS = 20_000;

  /**
   * What is shown and where.
   *
   * @param seed of the kill moments
   * @param folder for everything that the demonstration writes
   * @param keepNodes whether the nodes' folders stay
   * @param verify whether the undisturbed run is made and compared
   */
  record Wish(long seed, Path folder, boolean keepNodes, boolean verify) {}

  private final Wish wish;
  private final JobAtHand job;
  private final JobAtHand jobAlone;
  private final Screen screen;

  /**
   * A demonstration.
   *
   * @param jobAlone the same job, with one replica of each shard
   */
  Demo(Wish wish, JobAtHand job, JobAtHand jobAlone, Screen screen) {
    this.wish = wish;
    this.job = job;
    this.jobAlone = jobAlone;
    this.screen = screen;
  }

  /** What came of the disturbed run; {@code gaps} is what was planned and could not be done. */
  private record Trained(
      RunLedger ledger, List<Fault> faults, List<Finding> gaps, double seconds) {}

  DemoReport run() throws IOException {
    Path nodes = wish.folder.resolve("nodes");
    Path model = wish.folder.resolve("model");
    Files.createDirectories(wish.folder);
    Folders.delete(nodes);
    Folders.delete(model);
    try {
      Trained trained = train(nodes);
      Folders.copyFiles(exported(trained.ledger), model);
      screen.line("counting n-grams on the same text");
      Appraisal appraisal = Appraisal.of(model, job.corpus(), wish.seed, processors());
      Verdict verdict = judge(trained, nodes);
      DemoReport report =
          new DemoReport(
              wish.seed, job, trained.ledger, trained.faults, verdict, appraisal, trained.seconds);
      Files.writeString(wish.folder.resolve("report.json"), report.json() + "\n");
      return report;
    } finally {
      if (!wish.keepNodes) {
        Folders.delete(nodes);
      }
    }
  }

  private static Path exported(RunLedger ledger) {
    return ledger.exports().values().stream()
        .findFirst()
        .map(export -> Path.of(export.folder()))
        .orElseThrow(
            () -> new CommandFailure("no node wrote the model: troubles=" + ledger.troubles()));
  }

  private Trained train(Path nodes) {
    long began = System.nanoTime();
    try (LocalRun run = new LocalRun(job, nodes, NODES, 1, listener(job))) {
      List<Finding> gaps = disturbed(run);
      double seconds = (System.nanoTime() - began) * 1e-9;
      return new Trained(run.ledger(), run.faults(), gaps, seconds);
    }
  }

  /** Returns what was planned and could not be done. */
  private List<Finding> disturbed(LocalRun run) {
    DemoPlan plan = DemoPlan.of(wish.seed, job.spec().steps());
    screen.line(
        "seed %d: the coordinator's node is killed at step %d, a shard owner's at step %d"
            .formatted(wish.seed, plan.coordinatorAt(), plan.ownerAt()));
    NODES.forEach(run::start);
    run.submit(NODES.size(), FOUND);
    screen.line("three nodes (a b c) train %s: %d steps".formatted(name(), job.spec().steps()));

    List<Finding> gaps = new ArrayList<>();
    if (reach(run, plan.coordinatorAt(), gaps)) {
      String victim = run.ledger().coordinator().orElseThrow();
      Fault fault = kill(run, Fault.Kind.COORDINATOR, victim);
      run.watch(PAUSE);
      run.start(victim);
      screen.line("node " + victim + " is started again on its folder");
      awaitRecovery(run, fault);
    }
    if (reach(run, plan.ownerAt(), gaps)) {
      String victim = plan.owner(run.owners());
      Fault fault = kill(run, Fault.Kind.OWNER, victim);
      run.watch(PAUSE);
      run.start(REPLACEMENT);
      screen.line("node " + REPLACEMENT + " is started in its place, with an empty folder");
      awaitRecovery(run, fault);
    }
    run.require(() -> run.ledger().isFinished(), TRAINED, "the job did not finish");
    run.await(run::isExported, EXPORTED);
    return gaps;
  }

  private String name() {
    return job.job().recipe().name();
  }

  /** Waits for a version at which the cluster is whole, so that what dies has a replica. */
  private boolean reach(LocalRun run, long version, List<Finding> gaps) {
    run.require(
        () ->
            run.ledger().isFinished()
                || (run.ledger().version() >= version
                    && run.alive().size() == NODES.size()
                    && run.isWhole()),
        TRAINED,
        "the run got stuck: wanted-version=" + version);
    if (run.ledger().isFinished()) {
      gaps.add(
          Finding.unknown(
              "every kill was made",
              "the job was over before the cluster was whole again, planned-step=" + version));
      return false;
    }
    return true;
  }

  private Fault kill(LocalRun run, Fault.Kind kind, String node) {
    long version = run.ledger().version();
    Fault fault = run.kill(kind, List.of(node));
    screen.line("%s at step %d".formatted(fault.words(), version));
    return fault;
  }

  private void awaitRecovery(LocalRun run, Fault fault) {
    run.require(
        () -> run.ledger().recoveryMs(fault).isPresent() || run.ledger().isFinished(),
        RECOVERED,
        "the cluster did not recover: fault=" + fault.words());
    run.ledger()
        .recoveryMs(fault)
        .ifPresent(
            ms ->
                screen.line(
                    String.format(
                        Locale.ROOT,
                        "recovered: %.1f s from the kill to the next committed step",
                        ms / 1000.0)));
  }

  private Verdict judge(Trained trained, Path nodes) {
    Invariants invariants = new Invariants(trained.ledger, job.spec().steps());
    List<Finding> findings = new ArrayList<>(trained.gaps);
    findings.addAll(invariants.of(trained.faults, RECOVERY_LIMIT_MS));
    findings.addAll(invariants.ofTheRunAlone());
    if (wish.verify) {
      findings.addAll(invariants.against(undisturbed(nodes)));
    }
    return new Verdict(findings);
  }

  private Reference undisturbed(Path folder) {
    screen.line("the same job undisturbed, on one node with " + processors() + " threads");
    try (LocalRun run =
        new LocalRun(jobAlone, folder, List.of(ALONE), processors(), listener(jobAlone))) {
      run.start(ALONE);
      run.submit(1, FOUND);
      run.require(run::isExported, TRAINED, "the undisturbed run did not finish");
      return Reference.of(run.ledger()).orElseThrow();
    }
  }

  private static int processors() {
    return Math.min(2, Runtime.getRuntime().availableProcessors());
  }

  private LocalRun.Listener listener(JobAtHand of) {
    var recipe = of.job().recipe();
    Pace pace =
        new Pace(of.spec().steps(), recipe.batch().sequencesPerStep() * recipe.model().context());
    return new LocalRun.Listener() {
      @Override
      public void event(String line) {
        screen.line(line);
      }

      @Override
      public void progress(LocalRun run) {
        pace.reached(run.ledger().version(), System.nanoTime());
        screen.progress(() -> pace.line(run.ledger().lastLoss(), run.alive()));
      }
    };
  }
}
