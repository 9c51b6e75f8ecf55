package dev.sampo.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ExamplesTest {
  // Surefire runs in the folder of the module.
  private static final Path EXAMPLES = Path.of("examples");
  private static final Machine EIGHT_CORES = new Machine(8, 16L << 30);

  static List<Path> examples() throws IOException {
    try (Stream<Path> files = Files.list(EXAMPLES)) {
      return files.filter(file -> file.toString().endsWith(".conf")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void loads(Path example) {
    SampoConfig config = SampoConfig.load(List.of(example), List.of(), EIGHT_CORES);
    assertTrue(config.cluster().replicas() >= 1);
  }

  @Test
  void areAllThere() throws IOException {
    assertEquals(
        List.of(
            "demo.conf",
            "java-small.conf",
            "llama-small.conf",
            "mixed.conf",
            "nanogpt-cpu.conf",
            "one-machine.conf",
            "three-machines.conf",
            "two-and-a-witness.conf",
            "witness.conf"),
        examples().stream().map(file -> file.getFileName().toString()).toList());
  }

  @Test
  void theWitnessOnlyVotesAndSharesTheClusterOfItsTwo() {
    SampoConfig witness = load("witness.conf");
    assertTrue(witness.node().isWitness());
    assertEquals(List.of(), witness.node().devices());
    assertEquals(load("two-and-a-witness.conf").cluster(), witness.cluster());
    assertEquals(EXAMPLES.resolve("runs/witness"), witness.node().folder());
  }

  @Test
  void theMixedOneSharesItsProcessors() {
    SampoConfig mixed = load("mixed.conf");
    assertEquals(
        List.of(
            new DeviceConfig(DeviceConfig.Kind.CPU, 4), new DeviceConfig(DeviceConfig.Kind.CPU, 4)),
        mixed.node().devices());
    assertEquals(Set.of(Role.COMPUTE), mixed.node().roles());
    assertEquals(KernelClass.MIXED, mixed.requireJob().recipe().kernelClass());
  }

  private static SampoConfig load(String name) {
    return SampoConfig.load(List.of(EXAMPLES.resolve(name)), List.of(), EIGHT_CORES);
  }
}
