package dev.sampo.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.config.SampoConfig;
import dev.sampo.launcher.ledger.Fault;
import dev.sampo.launcher.local.LocalRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Help.Ansi;

/** Node processes evaluate the job that they train. */
@Timeout(300)
final class EvaluationTest {
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final long STEPS = 240;
  private static final long EVERY = 12;

  @TempDir Path folder = Path.of("set by JUnit");

  private final StringWriter out = new StringWriter();

  private void run(String... args) {
    int code =
        Sampo.commandLine(
                List.of(new PrepareCommand(), new StatusCommand()),
                new PrintWriter(out, true),
                new PrintWriter(out, true),
                Ansi.OFF)
            .execute(args);
    assertEquals(0, code, out::toString);
  }

  private JobAtHand job(int replicas) throws IOException {
    Path text = Files.writeString(folder.resolve("a.txt"), "to be, or not to be\n".repeat(5_000));
    Path corpus = folder.resolve("corpus-" + replicas);
    run("prepare", "" + text, "--out", "" + corpus);
    Path file =
        Files.writeString(
            folder.resolve("job-" + replicas + ".conf"),
            """
            cluster.replicas = %d
            job {
              name = evaluated
              steps = %d
              model { layers = 1, heads = 2, width = 32, context = 32 }
              data.corpus = "%s"
              batch { slots = 4, sequences = 2 }
              shards = 3
              evaluate { every = %d, tokens = 1024 }
            }
            """
                .formatted(replicas, STEPS, corpus, EVERY));
    return JobAtHand.of(SampoConfig.load(List.of(file), List.of()));
  }

  private LocalRun start(int replicas, List<String> nodes) throws IOException {
    LocalRun run =
        new LocalRun(
            job(replicas),
            folder.resolve("of-" + nodes.size()),
            List.of(nodes.getFirst()),
            1,
            new Silence());
    nodes.forEach(run::start);
    run.submit(nodes.size(), LIMIT);
    return run;
  }

  private static void finish(LocalRun run) {
    run.require(run::isExported, LIMIT, "the job did not finish");
  }

  private Map<Long, Set<Double>> undisturbed() throws IOException {
    try (LocalRun run = start(1, List.of("solo"))) {
      finish(run);
      return run.ledger().heldOutLosses();
    }
  }

  @Test
  void whatComesOutDoesNotDependOnWhoComputesItOrDies() throws IOException {
    Map<Long, Set<Double>> expected = undisturbed();
    assertEquals(STEPS / EVERY, expected.size(), expected::toString);
    try (LocalRun run = start(2, List.of("a", "b"))) {
      run.require(
          () -> run.ledger().version() >= 24 && run.isWhole(), LIMIT, "no step was committed");
      run.kill(Fault.Kind.COORDINATOR, List.of("a"));
      run.start("a");
      run.require(() -> run.ledger().version() >= 96, LIMIT, "the cluster did not go on");
      run.kill(Fault.Kind.WORKER, List.of("b"));
      run.start("b");
      finish(run);
      assertEquals(expected, run.ledger().heldOutLosses());
      run("status", "--seed", run.address());
      assertTrue(out.toString().contains(" at version " + STEPS + ", best "), out::toString);
    }
  }

  private static final class Silence implements LocalRun.Listener {
    @Override
    public void event(String line) {}

    @Override
    public void progress(LocalRun run) {}
  }
}
