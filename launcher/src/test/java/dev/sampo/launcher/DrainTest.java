package dev.sampo.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.config.SampoConfig;
import dev.sampo.launcher.local.LocalRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Help.Ansi;

/** Node processes that are drained while they train, own and lead. */
@Timeout(600)
final class DrainTest {
  private static final Duration LIMIT = Duration.ofMinutes(4);
  private static final long STEPS = 3_000;

  @TempDir Path folder = Path.of("set by JUnit");

  private final List<String> restarts = new ArrayList<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int execute(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Sampo.commandLine(
            List.of(new PrepareCommand(), new StatusCommand(), new DrainCommand()),
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            Ansi.OFF)
        .execute(args);
  }

  private String run(String... args) {
    assertEquals(0, execute(args), err::toString);
    return out.toString();
  }

  private JobAtHand job() throws IOException {
    Path corpus = folder.resolve("corpus");
    Path text = Files.writeString(folder.resolve("a.txt"), "to be, or not to be\n".repeat(5_000));
    run("prepare", "" + text, "--out", "" + corpus);
    Path file =
        Files.writeString(
            folder.resolve("job.conf"),
            """
            cluster.replicas = 2
            job {
              name = drained
              steps = %d
              model { layers = 1, heads = 2, width = 32, context = 32 }
              data.corpus = "%s"
              batch { slots = 4, sequences = 2 }
              shards = 3
            }
            """
                .formatted(STEPS, corpus));
    return JobAtHand.of(SampoConfig.load(List.of(file), List.of()));
  }

  private LocalRun start(JobAtHand job, String name, List<String> nodes) {
    LocalRun run =
        new LocalRun(job, folder.resolve(name), List.of(nodes.getFirst()), 1, new Restarts());
    nodes.forEach(run::start);
    run.submit(nodes.size(), LIMIT);
    return run;
  }

  private static Set<String> finish(LocalRun run) {
    run.require(run::isExported, LIMIT, "the job did not finish");
    return Set.copyOf(
        run.ledger().exports().values().stream().map(export -> export.sha256()).toList());
  }

  @Test
  void ownersAndCoordinatorsLeaveOneByOneAndWhatComesOutIsTheSame() throws IOException {
    JobAtHand job = job();
    Set<String> undisturbed;
    try (LocalRun run = start(job, "alone", List.of("solo"))) {
      undisturbed = finish(run);
    }
    try (LocalRun run = start(job, "drained", List.of("a", "b", "c"))) {
      run.require(
          () -> run.ledger().version() >= 20 && run.isWhole(), LIMIT, "no step was committed");
      String leader = run.ledger().coordinator().orElseThrow();
      assertTrue(run.owners().contains(leader), "the coordinator owns a shard, too");
      long before = run.ledger().version();
      String told = run("drain", leader, "--seed", run.address());
      assertTrue(told.contains("drained " + leader + ": job=" + job.spec().id()), told);
      run.require(() -> run.hasLeft(leader), LIMIT, "its process did not end");
      run.require(
          () -> !run.ledger().coordinator().orElseThrow().equals(leader) && run.isWhole(),
          LIMIT,
          "nobody took up the job");
      long after = run.ledger().version();
      assertTrue(after > before, "steps went on: before=" + before + ", after=" + after);

      String next = run.ledger().coordinator().orElseThrow();
      String last = run.alive().stream().filter(name -> !name.equals(next)).findFirst().orElse("");
      JsonNode document =
          new ObjectMapper().readTree(run("drain", next, "--seed", run.address(), "--json"));
      assertEquals("drain", document.path("order").asText());
      assertTrue(document.path("node").asText().startsWith(next + "#"), document::toString);
      run.require(() -> run.hasLeft(next), LIMIT, "its process did not end");

      assertEquals(1, execute("drain", last, "--seed", run.address()));
      assertTrue(err.toString().contains("; hint: start another node"), err::toString);
      assertEquals(1, execute("drain", "nobody", "--seed", run.address()));
      assertTrue(err.toString().contains("nodes=[" + last + "]"), err::toString);

      assertTrue(run.ledger().version() < STEPS, "all that was while the job ran");
      assertEquals(undisturbed, finish(run), "one hash");
      assertEquals(List.of(), restarts, "nobody ended who was not told to");
    }
  }

  private final class Restarts implements LocalRun.Listener {
    @Override
    public void event(String line) {
      restarts.add(line);
    }

    @Override
    public void progress(LocalRun run) {}
  }
}
