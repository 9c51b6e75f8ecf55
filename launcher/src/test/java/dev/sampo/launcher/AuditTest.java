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
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Help.Ansi;

/** Three node processes, of which the device of one is silently wrong. */
@Timeout(400)
final class AuditTest {
  private static final Duration LIMIT = Duration.ofSeconds(150);
  private static final String LIES = "node.devices=[{kind=cpu,threads=1,drill=wrong-samples}]";

  @TempDir Path folder = Path.of("set by JUnit");

  private final StringWriter out = new StringWriter();

  private String run(String... args) {
    out.getBuffer().setLength(0);
    StringWriter err = new StringWriter();
    int code =
        Sampo.commandLine(
                List.of(new PrepareCommand(), new StatusCommand()),
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Ansi.OFF)
            .execute(args);
    assertEquals(0, code, err::toString);
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
              name = audited
              steps = 120
              model { layers = 1, heads = 2, width = 32, context = 32 }
              data.corpus = "%s"
              batch { slots = 6, sequences = 2 }
              shards = 3
              audit.fraction = 1
            }
            """
                .formatted(corpus));
    return JobAtHand.of(SampoConfig.load(List.of(file), List.of()));
  }

  private static Set<String> finish(LocalRun run) {
    run.require(run::isExported, LIMIT, "the job did not finish");
    return run.ledger().exports().values().stream()
        .map(export -> export.sha256())
        .collect(Collectors.toSet());
  }

  private LocalRun prepared(JobAtHand job, String name) {
    return new LocalRun(job, folder.resolve(name), List.of("a"), 1, new Silence());
  }

  private String events(String run) throws IOException {
    StringBuilder all = new StringBuilder();
    for (String node : List.of("a", "b", "c")) {
      all.append(Files.readString(folder.resolve(run).resolve(node).resolve("events.jsonl")));
    }
    return all.toString();
  }

  @Test
  void whatComesOutIsHonestAndTheLiarIsNamed() throws IOException {
    JobAtHand job = job();
    Set<String> undisturbed;
    try (LocalRun run = prepared(job, "alone")) {
      run.start("a");
      run.submit(1, LIMIT);
      undisturbed = finish(run);
    }
    try (LocalRun run = prepared(job, "lied-to")) {
      run.start("a");
      run.start("b", LIES);
      run.start("c");
      run.submit(3, LIMIT);
      assertEquals(undisturbed, finish(run), "one hash");
      JsonNode found =
          new ObjectMapper()
              .readTree(run("status", "--seed", run.address(), "--json"))
              .at("/status/configuration/verdicts/quarantined");
      assertEquals(1, found.size(), found::toString);
      assertEquals("b", found.at("/0/device/node/name").asText(), found::toString);
      assertEquals(2, found.at("/0/agreeing").size(), found::toString);
      String told = run("status", "--seed", run.address());
      assertTrue(
          told.contains("in quarantine, since others agree on other bits: device=b/0, step="),
          told);
      assertTrue(
          events("lied-to").contains("audits have found a device to be wrong: [device=b/0, step="),
          "in the log of who led");
    }
  }

  private static final class Silence implements LocalRun.Listener {
    @Override
    public void event(String line) {}

    @Override
    public void progress(LocalRun run) {}
  }
}
