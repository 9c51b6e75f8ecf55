package dev.sampo.parameter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files have all their room before anything is written in them, however they came by it. */
class DiskRoomTest {
  private static final int VALUE_BYTES = 48 * 1024;
  private static final int VALUES = 20;
  private static final long[] KEYS = LongStream.range(7, 7 + VALUES).map(i -> i * 3).toArray();

  @TempDir Path folder;

  static Stream<Arguments> rooms() {
    DiskRoom none = (file, bytes) -> false;
    return Stream.of(
        Arguments.of("reserved", (DiskRoom) DiskRoom::ofSystem),
        Arguments.of("written with zeros", none));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rooms")
  void valuesAreZerosInTheOrderOfTheirKeys(String name, DiskRoom room) throws IOException {
    Path file = folder.resolve("map");
    InPlaceMap.create(file, KEYS, VALUE_BYTES, room);
    assertTrue(blocksBytes(file) >= Files.size(file), "blocksBytes=" + blocksBytes(file));
    try (Arena arena = Arena.ofShared();
        InPlaceMap map = InPlaceMap.open(file, KEYS, VALUE_BYTES)) {
      MemorySegment zeros = arena.allocate(VALUE_BYTES);
      long first = map.value(KEYS[0], arena).address();
      long stride = map.value(KEYS[1], arena).address() - first;
      assertTrue(stride < VALUE_BYTES + 256, "stride=" + stride);
      for (int i = 0; i < VALUES; i++) {
        MemorySegment value = map.value(KEYS[i], arena);
        assertEquals(first + i * stride, value.address(), "contiguous");
        assertEquals(-1, zeros.mismatch(value), "key=" + KEYS[i]);
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rooms")
  void aFileForCopiesHasItsLengthAndItsRoom(String name, DiskRoom room) throws IOException {
    Path file = folder.resolve("copy");
    long bytes = 3 * 1024 * 1024 + 17;
    SyncedCopies.create(file, bytes, room);
    assertEquals(bytes, Files.size(file));
    assertTrue(blocksBytes(file) >= bytes, "blocksBytes=" + blocksBytes(file));
    assertEquals(-1, Files.mismatch(file, Files.write(folder.resolve("z"), new byte[(int) bytes])));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rooms")
  void whatHasNoRoomIsRefused(String name, DiskRoom room) throws IOException {
    try (SmallDisk disk = SmallDisk.mountIfRoot(folder.resolve("disk"), 600)) {
      assumeTrue(disk.isMounted(), "skipped: a small disk needs root");
      Path copy = disk.folder().resolve("copy");
      IOException refused =
          assertThrows(IOException.class, () -> SyncedCopies.create(copy, 700 * 1024, room));
      assertTrue(refused.toString().contains("No space left"), refused.toString());
      Files.delete(copy);
      assertThrows(
          IOException.class,
          () -> InPlaceMap.create(disk.folder().resolve("map"), KEYS, VALUE_BYTES, room));
    }
  }

  /** Otherwise a signal would end this process. */
  @Test
  void aDiskThatFillsUpLaterHarmsNobody() throws IOException {
    try (SmallDisk disk = SmallDisk.mountIfRoot(folder.resolve("disk"), 4096)) {
      assumeTrue(disk.isMounted(), "skipped: a small disk needs root");
      Path file = disk.folder().resolve("map");
      InPlaceMap.create(file, KEYS, VALUE_BYTES, DiskRoom::ofSystem);
      try (Arena arena = Arena.ofShared();
          InPlaceMap map = InPlaceMap.open(file, KEYS, VALUE_BYTES)) {
        disk.fillUpTo(0);
        for (long key : KEYS) {
          map.value(key, arena).fill((byte) 1);
        }
      }
    }
  }

  /** What the file system has set aside, which Java does not tell. */
  private static long blocksBytes(Path file) throws IOException {
    Process process = new ProcessBuilder("du", "-B1", file.toString()).start();
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return Long.parseLong(told.substring(0, told.indexOf('\t')));
  }
}
