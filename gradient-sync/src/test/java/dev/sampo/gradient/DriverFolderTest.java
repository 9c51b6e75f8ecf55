package dev.sampo.gradient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DriverFolderTest {
  @TempDir Path parent;

  @Test
  void refusesAPlaceWithoutRoomAndSaysTheNumbers() {
    PlaneSettings greedy = settings().withTermLengthBytes(1 << 30).withMaxPeers(100_000);
    PlaneException refused = assertThrows(PlaneException.class, () -> DriverFolder.choose(greedy));
    String message = refused.toString();
    assertTrue(message.contains("neededBytes=" + DriverFolder.neededBytes(greedy)), message);
    assertTrue(message.contains("maxPeers=100000"), message);
    assertTrue(message.contains(parent + "="), message);
    assertTrue(message.contains("; hint: "), message);
  }

  @Test
  void refusesAPlaceThatIsNoFolder() {
    PlaneSettings nowhere = settings().withDriverParent(parent.resolve("missing"));
    PlaneException refused = assertThrows(PlaneException.class, () -> DriverFolder.choose(nowhere));
    assertTrue(refused.toString().contains("missing=not a writable folder"), refused::toString);
  }

  @Test
  void deletesOnlyWhatDeadProcessesOfThisNodeLeft() throws Exception {
    Process dead = new ProcessBuilder(javaCommand(), "--version").start();
    dead.waitFor();
    Path stale = Files.createDirectories(parent.resolve("sampo-node-" + dead.pid() + "-1f"));
    Files.writeString(stale.resolve("cnc.dat"), "left behind");
    Path alive =
        Files.createDirectories(
            parent.resolve("sampo-node-" + ProcessHandle.current().pid() + "-1e"));
    Path ofAnother = Files.createDirectories(parent.resolve("sampo-node-b-" + dead.pid() + "-1f"));
    Path chosen = DriverFolder.choose(settings());
    assertFalse(Files.exists(stale));
    assertTrue(Files.exists(alive));
    assertTrue(Files.exists(ofAnother));
    assertEquals(parent, chosen.getParent());
  }

  @Test
  void hasRoomForTheDriversOwnFiles() throws Exception {
    try (NodeDriver _ = NodeDriver.open(settings(), Throwable::printStackTrace)) {
      long bytes = bytesBelow(parent);
      assertTrue(1 << 20 < bytes && bytes <= DriverFolder.DRIVER_BYTES, "bytes=" + bytes);
    }
  }

  private static long bytesBelow(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }

  @Test
  void namesEveryFaultySettingWithItsValue() {
    assertRefused("termLengthBytes=1000000", () -> settings().withTermLengthBytes(1_000_000));
    assertRefused("mtuBytes=65535", () -> settings().withMtuBytes(65_535));
    assertRefused("windowBytes=8192", () -> settings().withWindowBytes(8_192));
    assertRefused("port=70000", () -> settings().withPort(70_000));
    assertRefused("name=a/b", () -> PlaneSettings.of("a/b", 1, "127.0.0.1", 0));
  }

  private static void assertRefused(
      String part, org.junit.jupiter.api.function.Executable settings) {
    IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, settings);
    assertTrue(refused.toString().contains(part), refused::toString);
  }

  private static String javaCommand() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  private PlaneSettings settings() {
    return PlaneSettings.of("node", 7, "127.0.0.1", 0).withDriverParent(parent);
  }
}
