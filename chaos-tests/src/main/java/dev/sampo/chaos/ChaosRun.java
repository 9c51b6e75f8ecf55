package dev.sampo.chaos;

import dev.sampo.launcher.JobAtHand;
import dev.sampo.launcher.ledger.Finding;
import dev.sampo.launcher.ledger.Verdict;
import dev.sampo.launcher.local.Folders;
import dev.sampo.launcher.local.PlannedKill;
import dev.sampo.launcher.local.Screen;
import dev.sampo.launcher.local.Trial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * One scenario under one seed, and the same job undisturbed.
 *
 * @param scenario what happens
 * @param seed of when, and to whom
 * @param job with its replicas
 * @param jobAlone the same job, with one replica of each shard
 * @param folder for everything that is written
 */
record ChaosRun(Scenario scenario, long seed, JobAtHand job, JobAtHand jobAlone, Path folder) {

  /**
   * Makes it happen, and leaves the nodes' folders to the caller.
   *
   * @param recoveryLimit longest time without a committed step after a kill
   */
  ChaosReport run(Screen screen, Duration recoveryLimit) throws IOException {
    Path nodes = folder.resolve("nodes");
    Files.createDirectories(folder);
    Folders.delete(nodes);
    List<PlannedKill> plan = scenario.plan(seed, job.spec().steps());
    screen.line(
        "%s, seed %d: kill -9 hits %s".formatted(scenario.name(), seed, PlannedKill.words(plan)));
    Trial trial = Trial.of(job, plan, nodes, screen);
    List<Finding> findings = trial.findings(recoveryLimit);
    findings.addAll(trial.against(Trial.undisturbed(jobAlone, nodes, screen)));
    ChaosReport report = new ChaosReport(this, trial, new Verdict(findings));
    Files.writeString(folder.resolve("report.json"), report.json() + "\n");
    return report;
  }
}
