package dev.sampo.parameter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is put past the mapping is what the mapping shows, and nothing else changes. */
class MappedFileTest {
  private static final int BYTES = 3 << 20;

  @TempDir Path folder;

  private final Arena arena = Arena.ofShared();
  private Path path;
  private MemorySegment mapping;

  @BeforeEach
  void map() throws IOException {
    byte[] ones = new byte[BYTES];
    Arrays.fill(ones, (byte) 1);
    path = Files.write(folder.resolve("a file"), ones);
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      mapping = channel.map(MapMode.READ_WRITE, 0, BYTES, arena);
    }
  }

  @AfterEach
  void unmap() {
    arena.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void piecesOfAnyLengthLandWhereTheyBelong(long seed) throws IOException {
    Random random = new Random(seed);
    byte[] expected = mapping.toArray(ValueLayout.JAVA_BYTE);
    try (MappedFile file = MappedFile.around(mapping.address(), path)) {
      for (int at = 0; at < BYTES; ) {
        int length = Math.min(BYTES - at, 1 + random.nextInt(random.nextBoolean() ? 900 : 600_000));
        if (random.nextInt(3) > 0) {
          byte[] bytes = new byte[length];
          random.nextBytes(bytes);
          System.arraycopy(bytes, 0, expected, at, length);
          MemorySegment piece = arena.allocate(length);
          piece.copyFrom(MemorySegment.ofArray(bytes));
          file.put(mapping.asSlice(at, length), piece);
        } else if (random.nextBoolean()) {
          file.bringIn(mapping.asSlice(at, length));
          Arrays.fill(expected, at, at + length, (byte) 0);
        }
        at += length;
      }
      file.flush();
    }
    assertArrayEquals(expected, mapping.toArray(ValueLayout.JAVA_BYTE), "seed=" + seed);
    assertArrayEquals(expected, Files.readAllBytes(path), "seed=" + seed);
  }

  @Test
  void aFileThatLiesNowhereIsWrittenThroughItsMapping() throws IOException {
    List<String> others = List.of("1000-2000 rw-s 00000000 fe:00 7                    " + path);
    MemorySegment piece = arena.allocate(10).fill((byte) 7);
    try (MappedFile file = MappedFile.around(mapping.address(), path, others)) {
      file.put(mapping.asSlice(5, 10), piece);
      file.bringIn(mapping.asSlice(100, 10));
    }
    assertEquals(1, mapping.get(ValueLayout.JAVA_BYTE, 4));
    assertEquals(7, mapping.get(ValueLayout.JAVA_BYTE, 14));
    assertEquals(1, mapping.get(ValueLayout.JAVA_BYTE, 15));
    assertEquals(1, mapping.get(ValueLayout.JAVA_BYTE, 100), "nothing to bring in");
  }
}
