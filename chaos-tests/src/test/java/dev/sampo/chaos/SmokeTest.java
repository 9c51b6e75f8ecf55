package dev.sampo.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.config.SampoConfig;
import dev.sampo.launcher.JobAtHand;
import dev.sampo.launcher.ledger.Fault;
import dev.sampo.launcher.ledger.Outcome;
import dev.sampo.launcher.local.PlannedKill;
import dev.sampo.launcher.local.Screen;
import dev.sampo.model.prepare.Preparation;
import dev.sampo.model.prepare.SplitRule;
import dev.sampo.model.token.ByteTokenizer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The main job as a test: three node processes train a model on this project's own sources, each
 * kind of node is killed with -9, and what comes out is what an undisturbed node learns.
 */
final class SmokeTest {
  private static final Path ROOT = Path.of(System.getProperty("sampo.root", ".."));
  private static final long SEED = 7;

  /** Generous: the build may share its machine with others, and this is no measurement. */
  private static final Duration RECOVERY_LIMIT = Duration.ofMinutes(2);

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"smoke, adamw, 240", "blackout, muon, 80"})
  void nothingThatHappensToTheNodesCanBeSeenInWhatTheyLearn(
      String name, String optimizer, long steps) throws IOException {
    Path corpus = folder.resolve("corpus");
    Path sources = ROOT.resolve("training-protocol/src/main/java");
    new Preparation(new ByteTokenizer(), null, Set.of(".java"), "text", SplitRule.DOCUMENTS)
        .write(
            new Preparation.Sources(List.of(sources), List.of()),
            corpus,
            new Preparation.OnBad.Refuse(),
            (bytes, documents, tokens) -> {});
    Scenario scenario = Scenario.named(name).orElseThrow();
    ChaosRun run =
        new ChaosRun(
            scenario,
            SEED,
            job(scenario, steps, optimizer, corpus, 2),
            job(scenario, steps, optimizer, corpus, 1),
            folder.resolve("run"));
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);

    ChaosReport report = run.run(new Screen(out, false, System::nanoTime), RECOVERY_LIMIT);

    String told = String.join("\n", report.lines());
    assertEquals(Outcome.PASS, report.verdict().outcome(), told);
    assertEquals(
        scenario.hits().stream().map(Scenario.Hit::kind).collect(Collectors.toSet()),
        Set.copyOf(report.trial().faults().stream().map(Fault::kind).toList()),
        told);
    assertTrue(told.contains("I8 the hash of the undisturbed run"), told);
  }

  @Test
  void smokeHitsEveryKindOfNode() {
    Scenario smoke = Scenario.named("smoke").orElseThrow();
    assertEquals(
        Set.of(Fault.Kind.values()),
        smoke.hits().stream().map(Scenario.Hit::kind).collect(Collectors.toSet()));
  }

  @Test
  void aSeedAloneSaysWhatHappensWhen() {
    Scenario smoke = Scenario.named("smoke").orElseThrow();
    assertEquals(smoke.plan(SEED, 400), smoke.plan(SEED, 400));
    List<Long> versions =
        smoke.plan(SEED, 400).stream().map(PlannedKill::atVersion).sorted().toList();
    assertEquals(versions, smoke.plan(SEED, 400).stream().map(PlannedKill::atVersion).toList());
  }

  private static JobAtHand job(
      Scenario scenario, long steps, String optimizer, Path corpus, int replicas) {
    List<String> settings = new ArrayList<>(scenario.settings());
    settings.add("job.steps=" + steps);
    settings.add("job.optimizer.kind=" + optimizer);
    settings.add("job.data.corpus=\"" + corpus + "\"");
    settings.add("cluster.replicas=" + replicas);
    return JobAtHand.of(
        SampoConfig.load(List.of(ROOT.resolve("cluster-config/examples/demo.conf")), settings));
  }
}
