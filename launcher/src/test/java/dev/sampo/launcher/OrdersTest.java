package dev.sampo.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.launcher.ledger.Fault;
import dev.sampo.launcher.local.LocalRun;
import dev.sampo.parameter.snapshot.Snapshot;
import dev.sampo.parameter.snapshot.SnapshotFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What people order of a job that node processes train. */
@Timeout(600)
final class OrdersTest {
  /** Long enough for some hundred steps of this job. */
  private static final Duration PAUSE = Duration.ofSeconds(2);

  @TempDir Path folder = Path.of("set by JUnit");

  private final Playground ground = new Playground(() -> folder);

  private JobAtHand job(long steps) throws IOException {
    return ground.job("ordered", steps, 2);
  }

  @Test
  void inAPauseNoStepIsCommittedWhoeverDiesAndWhatComesOutIsTheSame() throws IOException {
    List<String> nodes = List.of("a", "b", "c");
    JobAtHand job = job(400);
    try (LocalRun run = ground.prepared(job, "paused", nodes)) {
      nodes.forEach(run::start);
      run.submit(nodes.size(), Playground.LIMIT);
      Playground.awaitVersion(run, 20);
      JsonNode told =
          new ObjectMapper().readTree(ground.run("pause", "--seed", run.address(), "--json"));
      long version = told.path("version").asLong();
      assertEquals("pause", told.path("order").asText());
      assertTrue(version >= 20 && version < 400, told::toString);
      assertTrue(
          ground
              .run("status", "--seed", run.address())
              .contains(" RUNNING (paused), step " + version));

      String leader = run.ledger().coordinator().orElseThrow();
      run.kill(Fault.Kind.COORDINATOR, List.of(leader));
      run.require(
          () -> !run.ledger().coordinator().orElseThrow().equals(leader) && run.isWhole(),
          Playground.LIMIT,
          "nobody took up the paused job and healed it");
      run.watch(PAUSE);
      assertEquals(version, run.ledger().version(), "no step is committed in a pause");

      String seed = run.address();
      assertTrue(ground.run("pause", "--seed", seed, "--as", "ada").startsWith("paused: job="));
      assertTrue(ground.run("resume", "--seed", seed, "--as", "ada").startsWith("resumed: job="));
      Playground.awaitVersion(run, version + 1);
      assertEquals(ground.undisturbed(job), Playground.finish(run), "one hash");
      assertEquals(1, ground.execute("pause", "--seed", seed));
      assertTrue(ground.err().startsWith("a job that has ended obeys no order"), ground::err);
    }
  }

  @Test
  void aSnapshotIsWholeWhileStepsGoOnAndOtherNodesGoOnFromIt() throws IOException {
    Path shared = folder.resolve("kept").resolve("snapshots");
    Path snapshotted;
    Set<String> undisturbed;
    try (LocalRun run = ground.start(job(400), "kept", List.of("a", "b"))) {
      Playground.awaitVersion(run, 20);
      String told = ground.run("snapshot", "--seed", run.address());
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
      undisturbed = Playground.finish(run);
    }
    // All those nodes and their stores are gone: others have the snapshot and nothing else.
    List<String> others = List.of("x", "y", "z");
    try (LocalRun run = ground.prepared(job(400), "new", List.of("x"))) {
      others.forEach(run::start);
      String told = ground.run("restore", "" + snapshotted, "--seed", run.address());
      assertTrue(told.startsWith("restored: job=" + run.job().spec().id()), told);
      assertEquals(undisturbed, Playground.finish(run), "one hash");
    }
  }

  @Test
  void aCancelledJobStopsForTheReasonThatWasGiven() throws IOException {
    try (LocalRun run = ground.start(job(4_000), "cancelled", List.of("a", "b"))) {
      String seed = run.address();
      Playground.awaitVersion(run, 10);
      ground.run("cancel", "--seed", seed, "--reason", "the rate is too high");
      CommandFailure stopped =
          assertThrows(
              CommandFailure.class,
              () -> run.require(() -> false, Playground.LIMIT, "never stopped"));
      assertTrue(String.valueOf(stopped.getMessage()).contains("an order to cancel"));
      String told = ground.run("status", "--seed", seed);
      assertTrue(told.contains(" STOPPED, step "), told);
      assertTrue(told.contains("reason: the rate is too high"), told);
      assertEquals(1, ground.execute("resume", "--seed", seed));
      assertTrue(ground.err().contains("status=STOPPED"), ground::err);
    }
  }
}
