package dev.sampo.launcher.demo;

import dev.sampo.launcher.CommandFailure;
import dev.sampo.launcher.JobAtHand;
import dev.sampo.launcher.ledger.Finding;
import dev.sampo.launcher.ledger.RunLedger;
import dev.sampo.launcher.ledger.Verdict;
import dev.sampo.launcher.local.Folders;
import dev.sampo.launcher.local.PlannedKill;
import dev.sampo.launcher.local.Screen;
import dev.sampo.launcher.local.Trial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The script of the demonstration. */
final class Demo {
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

  DemoReport run() throws IOException {
    Path nodes = wish.folder.resolve("nodes");
    Path model = wish.folder.resolve("model");
    Files.createDirectories(wish.folder);
    Folders.delete(nodes);
    Folders.delete(model);
    try {
      Trial trial = train(nodes);
      Folders.copyFiles(exported(trial.ledger()), model);
      screen.line("counting n-grams on the same text");
      Appraisal appraisal = Appraisal.of(model, job.corpus(), wish.seed, processors());
      DemoReport report = new DemoReport(wish.seed, job, trial, judge(trial, nodes), appraisal);
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

  private Trial train(Path nodes) {
    List<PlannedKill> plan = DemoPlan.of(wish.seed, job.spec().steps());
    screen.line("seed " + wish.seed + ": kill -9 hits " + PlannedKill.words(plan));
    return Trial.of(job, plan, nodes, screen);
  }

  private Verdict judge(Trial trial, Path nodes) {
    List<Finding> findings = trial.findings(Trial.RECOVERY_LIMIT);
    if (wish.verify) {
      findings.addAll(trial.against(Trial.undisturbed(jobAlone, nodes, screen)));
    }
    return new Verdict(findings);
  }

  private static int processors() {
    return Math.min(2, Runtime.getRuntime().availableProcessors());
  }
}
