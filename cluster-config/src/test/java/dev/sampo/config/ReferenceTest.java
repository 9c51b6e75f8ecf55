package dev.sampo.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ReferenceTest {
  private static final Machine FOUR_CORES = new Machine(4, 8L << 30);

  @Test
  void documentsEveryKey() {
    List<String> silent = new ArrayList<>();
    collectSilent("", Layers.reference().root(), silent);
    assertEquals(List.of(), silent, "keys of reference.conf without a comment");
  }

  @Test
  void namesEveryKeyThatIsRead() {
    // A key that is read but not in the reference would be missing here, and so at fault; a key of
    // the reference that nothing reads would be unknown.
    SampoConfig config =
        SampoConfig.load(List.of(), List.of("job.name=demo", "job.steps=10"), FOUR_CORES);
    assertEquals("demo", config.requireJob().recipe().name());
  }

  @Test
  void derivesWhatIsLeftToTheMachine() {
    NodeConfig node = SampoConfig.load(List.of(), List.of(), FOUR_CORES).node();
    assertEquals("127.0.0.1-7700", node.name());
    assertEquals(Path.of("runs", "127.0.0.1-7700"), node.folder());
    assertEquals(Set.of(Role.values()), node.roles());
    assertEquals(List.of(new DeviceConfig(DeviceConfig.Kind.CPU, 4)), node.devices());
    assertEquals(4L << 30, node.memoryBytes());
    assertEquals(NodeConfig.Activations.AUTO, node.activations());
    assertEquals(
        new StoreConfig(StoreConfig.Sync.INTERVAL, 101, OptionalLong.empty(), 64L << 20),
        node.store());
    assertEquals(new DataPlaneConfig(Optional.empty(), 65_504, 4 << 20, 2 << 20), node.dataPlane());
  }

  @Test
  void takesTheSafeDatagramOffTheLoopback() {
    NodeConfig node =
        SampoConfig.load(List.of(), List.of("node.address=10.0.0.5"), FOUR_CORES).node();
    assertEquals(1_408, node.dataPlane().mtuBytes());
  }

  @Test
  void hasTheTimingsOfTheDesign() {
    DetectorTimings expected =
        new DetectorTimings(
            Duration.ofMillis(200),
            Duration.ofSeconds(2),
            Duration.ofMillis(500),
            Duration.ofSeconds(2),
            Duration.ofSeconds(3));
    ClusterConfig cluster = SampoConfig.load(List.of(), List.of(), FOUR_CORES).cluster();
    assertEquals(expected, cluster.detector());
    assertEquals(2, cluster.replicas());
  }

  private static void collectSilent(String path, ConfigObject section, List<String> silent) {
    section.forEach(
        (key, value) -> {
          String at = path.isEmpty() ? key : path + "." + key;
          if (value.origin().comments().isEmpty()) {
            silent.add(at);
          }
          collectBelow(at, value, silent);
        });
  }

  private static void collectBelow(String at, ConfigValue value, List<String> silent) {
    if (value instanceof ConfigObject inner) {
      collectSilent(at, inner, silent);
    }
  }
}
