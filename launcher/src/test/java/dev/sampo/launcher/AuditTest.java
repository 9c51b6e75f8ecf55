package dev.sampo.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.launcher.local.LocalRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three node processes, of which the device of one is silently wrong. */
@Timeout(600)
final class AuditTest {
  private static final String LIES = "node.devices=[{kind=cpu,threads=1,drill=wrong-samples}]";

  @TempDir Path folder = Path.of("set by JUnit");

  private final Playground ground = new Playground(() -> folder);

  private String events(String run) throws IOException {
    StringBuilder all = new StringBuilder();
    for (String node : List.of("a", "b", "c")) {
      all.append(Files.readString(folder.resolve(run).resolve(node).resolve("events.jsonl")));
    }
    return all.toString();
  }

  @Test
  void whatComesOutIsHonestAndTheLiarIsNamed() throws IOException {
    JobAtHand job = ground.job("audited", 120, 2, "batch.slots = 6", "audit.fraction = 1");
    Set<String> undisturbed = ground.undisturbed(job);
    try (LocalRun run = ground.prepared(job, "lied-to", List.of("a"))) {
      run.start("a");
      run.start("b", LIES);
      run.start("c");
      run.submit(3, Playground.LIMIT);
      assertEquals(undisturbed, Playground.finish(run), "one hash");
      JsonNode found =
          new ObjectMapper()
              .readTree(ground.run("status", "--seed", run.address(), "--json"))
              .at("/status/configuration/verdicts/quarantined");
      assertEquals(1, found.size(), found::toString);
      assertEquals("b", found.at("/0/device/node/name").asText(), found::toString);
      assertEquals(2, found.at("/0/agreeing").size(), found::toString);
      String told = ground.run("status", "--seed", run.address());
      assertTrue(
          told.contains("in quarantine, since others agree on other bits: device=b/0, step="),
          told);
      assertTrue(
          events("lied-to").contains("audits have found a device to be wrong: [device=b/0, step="),
          "in the log of who led");
    }
  }
}
