package dev.sampo.device;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LargePagesTest {
  private static final long LARGE_BYTES = 64L << 20;

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 4096, (4L << 20) - 1, 4L << 20, (6L << 20) + 12_345})
  void isZeroedAndAsLongAsWanted(long bytes) {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = LargePages.allocate(arena, bytes);
      assertEquals(bytes, memory.byteSize());
      assertEquals(0, memory.address() % 64, "it begins with a cache line");
      for (long at = 0; at < bytes; at++) {
        assertEquals(0, memory.get(JAVA_BYTE, at));
      }
      memory.fill((byte) 1);
    }
  }

  @Test
  void endsWithItsArena() {
    MemorySegment memory;
    try (Arena arena = Arena.ofShared()) {
      memory = LargePages.allocate(arena, LARGE_BYTES);
    }
    assertThrows(IllegalStateException.class, () -> memory.get(JAVA_BYTE, 0));
  }

  @Test
  void liesInLargePagesWhereTheSystemHasThem() throws IOException {
    Path setting = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
    assumeTrue(
        Files.exists(setting) && !Files.readString(setting).contains("[never]"),
        "skipped: this system gives no large pages");
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = LargePages.allocate(arena, LARGE_BYTES);
      memory.fill((byte) 1);
      // Fragmented memory may lack some of them, but not most.
      assertTrue(largeBytes(memory.address()) > LARGE_BYTES / 2, "large pages are used");
    }
  }

  /** What the kernel says of the mapping around an address. */
  private static long largeBytes(long address) throws IOException {
    boolean inside = false;
    for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
      List<String> words = List.of(line.split("[-\\s]+"));
      if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
        long from = Long.parseUnsignedLong(words.get(0), 16);
        long to = Long.parseUnsignedLong(words.get(1), 16);
        inside = Long.compareUnsigned(from, address) <= 0 && Long.compareUnsigned(address, to) < 0;
      } else if (inside && line.startsWith("AnonHugePages:")) {
        return Long.parseLong(words.get(1)) * 1024;
      }
    }
    throw new IOException("the mapping is listed: address=" + Long.toHexString(address));
  }
}
