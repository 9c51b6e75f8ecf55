package dev.sampo.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LayersTest {
  private static final Machine MACHINE = new Machine(2, 4L << 30);

  @TempDir Path folder;

  @Test
  void laterFilesBeatEarlierOnesAndOverridesBeatAll() throws IOException {
    Path first = write("first.conf", "job { name = a, steps = 1, seed = 1, shards = 1 }");
    Path second = write("second.conf", "job { steps = 2, seed = 2 }");
    Recipe recipe =
        SampoConfig.load(List.of(first, second), List.of("job.seed=3"), MACHINE)
            .requireJob()
            .recipe();
    assertEquals("a", recipe.name());
    assertEquals(1, recipe.shards());
    assertEquals(2, recipe.steps());
    assertEquals(3, recipe.seed());
  }

  @Test
  void readsOverridesAsHoconAndOtherwiseAsText() {
    NodeConfig node =
        SampoConfig.load(
                List.of(),
                List.of(
                    "node.seeds=[\"10.0.0.5:7700\", \"[::1]:7700\"]",
                    "node.folder=/srv/sampo:a,b",
                    "node.memory=1.5GiB",
                    "node.data-plane={ mtu = 8192 }",
                    "node.control-port=7800"),
                MACHINE)
            .node();
    assertEquals(List.of(new HostPort("10.0.0.5", 7700), new HostPort("::1", 7700)), node.seeds());
    assertEquals(Path.of("/srv/sampo:a,b"), node.folder());
    assertEquals(3L << 29, node.memoryBytes());
    assertEquals(8192, node.dataPlane().mtuBytes());
    assertEquals(7800, node.controlPort());
  }

  @Test
  void takesPathsRelativeToTheFileThatNamesThem() throws IOException {
    String text = "job { name = a, steps = 1, data.corpus = \"../tokens\" }";
    Path file = write("jobs/a.conf", text);
    assertEquals(
        new Corpus.Prepared(folder.resolve("tokens")),
        SampoConfig.load(List.of(file), List.of(), MACHINE).requireJob().corpus());
    assertEquals(
        new Corpus.Inputs(List.of(Path.of("here.txt"))),
        SampoConfig.load(List.of(file), List.of("job.data.corpus=[here.txt]"), MACHINE)
            .requireJob()
            .corpus());
  }

  @Test
  void aFileWithoutAJobDescribesNone() throws IOException {
    Path file = write("node.conf", "node.name = lathe");
    SampoConfig config = SampoConfig.load(List.of(file), List.of(), MACHINE);
    assertEquals(Optional.empty(), config.job());
    String refusal = assertThrows(ConfigFaults.class, config::requireJob).text();
    assertTrue(refusal.startsWith("a job section is required: "), refusal);
  }

  @Test
  void aNodeNamedAsVoterMustBeWillingToVote() {
    ConfigFaults refusal =
        assertThrows(
            ConfigFaults.class,
            () ->
                SampoConfig.load(
                    List.of(),
                    List.of(
                        "node.name=lathe",
                        "node.roles=[compute]",
                        "cluster.voters=[lathe, anvil, kiln]"),
                    MACHINE));
    assertEquals(
        "must hold voter, because cluster.voters names this node: node.roles=[compute],"
            + " at=override; hint: add voter to node.roles, or take the node out of cluster.voters",
        refusal.text());
  }

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.resolveSibling("."));
    return Files.writeString(file, text);
  }
}
