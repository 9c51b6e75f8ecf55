package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.device.EmbeddingShape;
import dev.sampo.device.MatMul;
import dev.sampo.device.Rows;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a device refuses, and what it leaves behind. */
class CpuDeviceTest {

  @Test
  void refusesAnImpossibleNumberOfThreads() {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> CpuDevice.open(0));
    assertEquals("a CPU device has 1 to 1024 threads: threads=0", refusal.getMessage());
  }

  @Test
  void refusesOperandsThatAreTooSmallOrNotNative() {
    try (CpuDevice device = CpuDevice.openPortable(1)) {
      MemorySegment small = device.allocate(3);
      MemorySegment heap = MemorySegment.ofArray(new float[4]);
      MemorySegment fits = device.allocate(4);
      IllegalArgumentException refusal =
          assertThrows(
              IllegalArgumentException.class,
              () -> device.matMul(MatMul.plain(2, 2, 2), fits, fits, small));
      assertTrue(refusal.toString().contains("operand=c"), refusal::toString);
      assertThrows(IllegalArgumentException.class, () -> device.add(4, heap, fits, fits));
    }
  }

  @Test
  void refusesMemoryThatItsThreadsCannotReach() {
    try (CpuDevice device = CpuDevice.openPortable(2);
        Arena mine = Arena.ofConfined()) {
      MemorySegment confined = mine.allocate(16);
      assertThrows(
          IllegalArgumentException.class, () -> device.add(4, confined, confined, confined));
    }
  }

  @Test
  void refusesTokensOutsideTheVocabulary() {
    try (CpuDevice device = CpuDevice.openPortable(2)) {
      MemorySegment tokens = device.allocate(2);
      tokens.setAtIndex(JAVA_INT, 1, 7);
      MemorySegment table = device.allocate(14);
      IllegalArgumentException refusal =
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  device.embed(
                      new EmbeddingShape(1, 2, 2, 7), tokens, table, table, device.allocate(4)));
      assertEquals(
          "a token lies in the vocabulary: index=1, token=7, vocabulary=7", refusal.getMessage());
      assertThrows(
          IllegalArgumentException.class,
          () -> device.crossEntropy(new Rows(2, 7), table, tokens, device.allocate(2), table));
    }
  }

  @Test
  void tensorsOfAClosedDeviceThrowInsteadOfCrashing() {
    MemorySegment tensor;
    try (CpuDevice device = CpuDevice.open(2)) {
      tensor = device.allocate(4);
    }
    assertThrows(IllegalStateException.class, () -> tensor.fill((byte) 0));
    try (CpuDevice other = CpuDevice.open(1)) {
      assertThrows(
          IllegalArgumentException.class,
          () -> other.matMul(MatMul.plain(2, 2, 1), tensor, tensor, tensor));
    }
  }

  @Test
  void leavesNoUnpackedLibraryAndNoThreadBehind() throws IOException {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
    try (CpuDevice device = CpuDevice.open(3)) {
      assertTrue(device.name().startsWith("cpu-f32-"), device.name());
      assertEquals(3, device.threads());
      try (Stream<Path> files = Files.list(temporary)) {
        List<Path> left = files.filter(path -> path.toString().contains("sampo-native-")).toList();
        assertEquals(List.of(), left);
      }
    }
    long helpers =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("sampo-cpu-"))
            .count();
    assertEquals(0, helpers);
  }
}
