package dev.sampo.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Help.Ansi;

/** Two of three voters are killed and never come back, or too late. */
@Timeout(600)
final class RecoverTest {
  private static final Duration LIMIT = Duration.ofMinutes(4);
  private static final List<String> NODES = List.of("a", "b", "c");

  @TempDir Path folder = Path.of("set by JUnit");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int execute(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Sampo.commandLine(
            List.of(new PrepareCommand(), new RecoverCommand()),
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            Ansi.OFF)
        .execute(args);
  }

  private JobAtHand job() throws IOException {
    Path corpus = folder.resolve("corpus");
    Path text = Files.writeString(folder.resolve("a.txt"), "to be, or not to be\n".repeat(5_000));
    assertEquals(0, execute("prepare", "" + text, "--out", "" + corpus), err::toString);
    Path file =
        Files.writeString(
            folder.resolve("job.conf"),
            """
            cluster.replicas = 3
            job {
              name = bereaved
              steps = 400
              model { layers = 1, heads = 2, width = 32, context = 32 }
              data.corpus = "%s"
              batch { slots = 4, sequences = 2 }
              shards = 2
            }
            """
                .formatted(corpus));
    return JobAtHand.of(SampoConfig.load(List.of(file), List.of()));
  }

  private static Set<String> finish(LocalRun run) {
    run.require(run::isExported, LIMIT, "the job did not finish");
    return Set.copyOf(
        run.ledger().exports().values().stream().map(export -> export.sha256()).toList());
  }

  private LocalRun start(JobAtHand job, String name, List<String> nodes) {
    LocalRun run = new LocalRun(job, folder.resolve(name), nodes, 1, new Silence());
    nodes.forEach(run::start);
    run.submit(nodes.size(), LIMIT);
    return run;
  }

  @Test
  void whoIsLeftGoesOnOnceTheLossIsAcceptedAndWhatComesOutIsTheSame() throws IOException {
    JobAtHand job = job();
    Set<String> undisturbed;
    try (LocalRun run = start(job, "alone", List.of("solo"))) {
      undisturbed = finish(run);
    }
    try (LocalRun run = start(job, "bereaved", NODES)) {
      run.require(
          () -> run.ledger().version() >= 20 && run.isWhole(), LIMIT, "no step was committed");
      assertEquals(0, execute("recover", "--seed", run.address()), err::toString);
      assertTrue(out.toString().startsWith("a majority of the voters answers"), out::toString);

      String leader = run.ledger().coordinator().orElseThrow();
      String left = NODES.stream().filter(name -> !name.equals(leader)).findFirst().orElseThrow();
      List<String> lost = NODES.stream().filter(name -> !name.equals(left)).toList();
      run.kill(Fault.Kind.COORDINATOR, lost);

      assertEquals(1, execute("recover", "--seed", run.address(), "--json"), err::toString);
      JsonNode looked = new ObjectMapper().readTree(out.toString());
      assertFalse(looked.path("majority").asBoolean(true), looked::toString);
      assertEquals(2, looked.path("missing").size(), looked::toString);
      long before = run.ledger().version();

      assertEquals(0, execute("recover", "--seed", run.address(), "--accept-loss"), err::toString);
      assertTrue(out.toString().contains("the loss is accepted: voters=[" + left + "]"), out + "");
      run.require(() -> run.ledger().version() > before, LIMIT, "nobody went on");
      run.start(lost.getFirst());
      assertEquals(undisturbed, finish(run), "one hash");
    }
  }

  private static final class Silence implements LocalRun.Listener {
    @Override
    public void event(String line) {}

    @Override
    public void progress(LocalRun run) {}
  }
}
