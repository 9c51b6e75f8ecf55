package dev.sampo.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.config.SampoConfig;
import dev.sampo.launcher.ledger.Fault;
import dev.sampo.launcher.local.LocalRun;
import dev.sampo.parameter.snapshot.Snapshot;
import dev.sampo.parameter.snapshot.SnapshotFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Help.Ansi;

/** What people order of a job that node processes train. */
@Timeout(300)
final class OrdersTest {
  private static final Duration LIMIT = Duration.ofSeconds(90);

  /** Long enough for some hundred steps of this job. */
  private static final Duration PAUSE = Duration.ofSeconds(2);

  @TempDir Path folder = Path.of("set by JUnit");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void prepareTheData() throws IOException {
    Path text = Files.writeString(folder.resolve("a.txt"), "to be, or not to be\n".repeat(5_000));
    run("prepare", "" + text, "--out", "" + corpus());
  }

  private Path corpus() {
    return folder.resolve("corpus");
  }

  private int execute(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Sampo.commandLine(
            List.of(
                new PrepareCommand(),
                new StatusCommand(),
                new PauseCommand(),
                new ResumeCommand(),
                new SnapshotCommand(),
                new RestoreCommand(),
                new CancelCommand()),
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            Ansi.OFF)
        .execute(args);
  }

  private String run(String... args) {
    assertEquals(0, execute(args), err::toString);
    return out.toString();
  }

  private JobAtHand job(long steps, int replicas) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("job-" + steps + "-" + replicas + ".conf"),
            """
            cluster.replicas = %d
            job {
              name = ordered
              steps = %d
              model { layers = 1, heads = 2, width = 32, context = 32 }
              data.corpus = "%s"
              batch { slots = 4, sequences = 2 }
              shards = 3
            }
            """
                .formatted(replicas, steps, corpus()));
    return JobAtHand.of(SampoConfig.load(List.of(file), List.of()));
  }

  private LocalRun start(JobAtHand job, String name, List<String> nodes) {
    LocalRun run =
        new LocalRun(job, folder.resolve(name), List.of(nodes.getFirst()), 1, new Silence());
    nodes.forEach(run::start);
    run.submit(nodes.size(), LIMIT);
    return run;
  }

  private static void awaitVersion(LocalRun run, long version) {
    run.require(() -> run.ledger().version() >= version, LIMIT, "no step was committed");
  }

  private static Set<String> finish(LocalRun run) {
    run.require(run::isExported, LIMIT, "the job did not finish");
    return Set.copyOf(
        run.ledger().exports().values().stream().map(export -> export.sha256()).toList());
  }

  private String undisturbed(long steps) throws IOException {
    try (LocalRun run = start(job(steps, 1), "alone", List.of("solo"))) {
      return finish(run).iterator().next();
    }
  }

  @Test
  void inAPauseNoStepIsCommittedAndWhatComesOutIsTheSame() throws IOException {
    try (LocalRun run = start(job(400, 2), "paused", List.of("a", "b"))) {
      String seed = run.address();
      awaitVersion(run, 20);
      JsonNode told = new ObjectMapper().readTree(run("pause", "--seed", seed, "--json"));
      long version = told.path("version").asLong();
      assertEquals("pause", told.path("order").asText());
      assertTrue(version >= 20 && version < 400, told::toString);
      assertTrue(run("status", "--seed", seed).contains(" RUNNING (paused), step " + version));
      run.watch(PAUSE);
      assertEquals(version, run.ledger().version(), "no step is committed in a pause");

      assertTrue(run("pause", "--seed", seed, "--as", "ada").startsWith("paused: job="));
      assertTrue(run("resume", "--seed", seed, "--as", "ada").startsWith("resumed: job="));
      awaitVersion(run, version + 1);
      assertEquals(Set.of(undisturbed(400)), finish(run), "one hash");
      assertEquals(1, execute("pause", "--seed", seed));
      assertTrue(err.toString().startsWith("a job that has ended obeys no order"), err::toString);
    }
  }

  @Test
  void whoLeadsMayDieInAPause() throws IOException {
    List<String> nodes = List.of("a", "b", "c");
    JobAtHand job = job(401, 2);
    try (LocalRun run = new LocalRun(job, folder.resolve("killed"), nodes, 1, new Silence())) {
      nodes.forEach(run::start);
      run.submit(3, LIMIT);
      awaitVersion(run, 20);
      run("pause", "--seed", run.address());
      String leader = run.ledger().coordinator().orElseThrow();
      run.kill(Fault.Kind.COORDINATOR, List.of(leader));
      run.require(
          () -> !run.ledger().coordinator().orElseThrow().equals(leader) && run.isWhole(),
          LIMIT,
          "nobody took up the paused job and healed it");
      long version = run.ledger().version();
      run.watch(PAUSE);
      assertEquals(version, run.ledger().version(), "the next one knows of the pause");
      run("resume", "--seed", run.address());
      assertEquals(Set.of(undisturbed(401)), finish(run), "one hash");
    }
  }

  @Test
  void aSnapshotIsWholeWhileStepsGoOnAndOtherNodesGoOnFromIt() throws IOException {
    Path shared = folder.resolve("kept").resolve("snapshots");
    Path snapshotted;
    Set<String> undisturbed;
    try (LocalRun run = start(job(400, 2), "kept", List.of("a", "b"))) {
      awaitVersion(run, 20);
      String told = run("snapshot", "--seed", run.address());
      assertTrue(told.contains("snapshot: version="), told);
      assertTrue(told.contains(shared.toString()), told);
      Path jobs = shared.resolve(run.job().spec().id().value());
      List<Long> versions = new SnapshotFolder(jobs).versions();
      assertEquals(1, versions.size(), versions::toString);
      try (Snapshot snapshot = new SnapshotFolder(jobs).open(versions.getFirst())) {
        snapshot.verify();
        assertEquals(3, snapshot.manifest().parts().size());
      }
      snapshotted = jobs.resolve("v%012d".formatted(versions.getFirst()));
      undisturbed = finish(run);
    }
    // All those nodes and their stores are gone: others have the snapshot and nothing else.
    List<String> others = List.of("x", "y", "z");
    try (LocalRun run =
        new LocalRun(job(400, 2), folder.resolve("new"), List.of("x"), 1, new Silence())) {
      others.forEach(run::start);
      String told = run("restore", "" + snapshotted, "--seed", run.address());
      assertTrue(told.startsWith("restored: job=" + run.job().spec().id()), told);
      assertEquals(undisturbed, finish(run), "one hash");
    }
  }

  @Test
  void aCancelledJobStopsForTheReasonThatWasGiven() throws IOException {
    try (LocalRun run = start(job(4_000, 2), "cancelled", List.of("a", "b"))) {
      String seed = run.address();
      awaitVersion(run, 10);
      run("cancel", "--seed", seed, "--reason", "the rate is too high");
      CommandFailure stopped =
          assertThrows(
              CommandFailure.class, () -> run.require(() -> false, LIMIT, "never stopped"));
      assertTrue(String.valueOf(stopped.getMessage()).contains("an order to cancel"));
      String told = run("status", "--seed", seed);
      assertTrue(told.contains(" STOPPED, step "), told);
      assertTrue(told.contains("reason: the rate is too high"), told);
      assertEquals(1, execute("resume", "--seed", seed));
      assertTrue(err.toString().contains("status=STOPPED"), err::toString);
    }
  }

  private static final class Silence implements LocalRun.Listener {
    @Override
    public void event(String line) {}

    @Override
    public void progress(LocalRun run) {}
  }
}
