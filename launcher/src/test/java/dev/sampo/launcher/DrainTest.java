package dev.sampo.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.launcher.local.LocalRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Node processes that are drained while they train, own and lead. */
@Timeout(600)
final class DrainTest {
  private static final long STEPS = 3_000;

  @TempDir Path folder = Path.of("set by JUnit");

  private final Playground ground = new Playground(() -> folder);

  @Test
  void ownersAndCoordinatorsLeaveOneByOneAndWhatComesOutIsTheSame() throws IOException {
    JobAtHand job = ground.job("drained", STEPS, 2);
    Set<String> undisturbed = ground.undisturbed(job);
    try (LocalRun run = ground.start(job, "drained", List.of("a", "b", "c"))) {
      run.require(
          () -> run.ledger().version() >= 20 && run.isWhole(),
          Playground.LIMIT,
          "no step was committed");
      String leader = run.ledger().coordinator().orElseThrow();
      assertTrue(run.owners().contains(leader), "the coordinator owns a shard, too");
      long before = run.ledger().version();
      String told = ground.run("drain", leader, "--seed", run.address());
      assertTrue(told.contains("drained " + leader + ": job=" + job.spec().id()), told);
      run.require(() -> run.hasLeft(leader), Playground.LIMIT, "its process did not end");
      run.require(
          () -> !run.ledger().coordinator().orElseThrow().equals(leader) && run.isWhole(),
          Playground.LIMIT,
          "nobody took up the job");
      long after = run.ledger().version();
      assertTrue(after > before, "steps went on: before=" + before + ", after=" + after);

      String next = run.ledger().coordinator().orElseThrow();
      String last = run.alive().stream().filter(name -> !name.equals(next)).findFirst().orElse("");
      JsonNode document =
          new ObjectMapper().readTree(ground.run("drain", next, "--seed", run.address(), "--json"));
      assertEquals("drain", document.path("order").asText());
      assertTrue(document.path("node").asText().startsWith(next + "#"), document::toString);
      run.require(() -> run.hasLeft(next), Playground.LIMIT, "its process did not end");

      assertEquals(1, ground.execute("drain", last, "--seed", run.address()));
      assertTrue(ground.err().contains("; hint: start another node"), ground::err);
      assertEquals(1, ground.execute("drain", "nobody", "--seed", run.address()));
      assertTrue(ground.err().contains("nodes=[" + last + "]"), ground::err);

      assertTrue(run.ledger().version() < STEPS, "all that was while the job ran");
      assertEquals(undisturbed, Playground.finish(run), "one hash");
      assertEquals(List.of(), ground.heard(), "nobody ended who was not told to");
    }
  }
}
