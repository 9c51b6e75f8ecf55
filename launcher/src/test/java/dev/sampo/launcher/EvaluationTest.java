package dev.sampo.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.launcher.ledger.Fault;
import dev.sampo.launcher.local.LocalRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Node processes evaluate the job that they train. */
@Timeout(300)
final class EvaluationTest {
  private static final long STEPS = 240;
  private static final long EVERY = 12;

  @TempDir Path folder = Path.of("set by JUnit");

  private final Playground ground = new Playground(() -> folder);

  private JobAtHand job(int replicas) throws IOException {
    String evaluated = "evaluate { every = %d, tokens = 1024 }".formatted(EVERY);
    return ground.job("evaluated", STEPS, replicas, evaluated);
  }

  private Map<Long, Set<Double>> undisturbed() throws IOException {
    ground.train(job(1), "solo");
    return ground.logOf("solo").heldOutLosses();
  }

  @Test
  void whatComesOutDoesNotDependOnWhoComputesItOrDies() throws IOException {
    Map<Long, Set<Double>> expected = undisturbed();
    assertEquals(STEPS / EVERY, expected.size(), expected::toString);
    try (LocalRun run = ground.start(job(2), "both", List.of("a", "b"))) {
      run.require(
          () -> run.ledger().version() >= 24 && run.isWhole(),
          Playground.LIMIT,
          "no step was committed");
      run.kill(Fault.Kind.COORDINATOR, List.of("a"));
      run.start("a");
      run.require(
          () -> run.ledger().version() >= 96, Playground.LIMIT, "the cluster did not go on");
      run.kill(Fault.Kind.WORKER, List.of("b"));
      run.start("b");
      Playground.finish(run);
      assertEquals(expected, run.ledger().heldOutLosses());
      ground.run("status", "--seed", run.address());
      assertTrue(ground.out().contains(" at version " + STEPS + ", best "), ground::out);
    }
  }
}
