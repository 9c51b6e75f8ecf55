package dev.sampo.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.launcher.ledger.Fault;
import dev.sampo.launcher.local.LocalRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two of three voters are killed and never come back, or too late. */
@Timeout(600)
final class RecoverTest {
  private static final List<String> NODES = List.of("a", "b", "c");

  @TempDir Path folder = Path.of("set by JUnit");

  private final Playground ground = new Playground(() -> folder);

  @Test
  void whoIsLeftGoesOnOnceTheLossIsAcceptedAndWhatComesOutIsTheSame() throws IOException {
    JobAtHand job = ground.job("bereaved", 400, 3);
    Set<String> undisturbed = ground.undisturbed(job);
    try (LocalRun run = ground.start(job, "bereaved", NODES, NODES)) {
      run.require(
          () -> run.ledger().version() >= 20 && run.isWhole(),
          Playground.LIMIT,
          "no step was committed");
      assertEquals(0, ground.execute("recover", "--seed", run.address()), ground::err);
      assertTrue(ground.out().startsWith("a majority of the voters answers"), ground::out);

      String leader = run.ledger().coordinator().orElseThrow();
      String left = NODES.stream().filter(name -> !name.equals(leader)).findFirst().orElseThrow();
      List<String> lost = NODES.stream().filter(name -> !name.equals(left)).toList();
      run.kill(Fault.Kind.COORDINATOR, lost);

      assertEquals(1, ground.execute("recover", "--seed", run.address(), "--json"), ground::err);
      JsonNode looked = new ObjectMapper().readTree(ground.out());
      assertFalse(looked.path("majority").asBoolean(true), looked::toString);
      assertEquals(2, looked.path("missing").size(), looked::toString);
      long before = run.ledger().version();

      assertEquals(
          0, ground.execute("recover", "--seed", run.address(), "--accept-loss"), ground::err);
      assertTrue(
          ground.out().contains("the loss is accepted: voters=[" + left + "]"), ground.out());
      run.require(() -> run.ledger().version() > before, Playground.LIMIT, "nobody went on");
      run.start(lost.getFirst());
      assertEquals(undisturbed, Playground.finish(run), "one hash");
    }
  }
}
