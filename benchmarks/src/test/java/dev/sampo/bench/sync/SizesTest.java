package dev.sampo.bench.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.device.FloatVectors;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

final class SizesTest {
  private final Sizes sizes = new Sizes(100_003);

  @Test
  void oneWrongNumberInASumIsFound() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment sum = arena.allocate(sizes.bytes(), 64);
      MemorySegment next = arena.allocate(sizes.bytes(), 64);
      sizes.fill(sum, 0);
      for (int rank = 1; rank < Sizes.PROCESSES; rank++) {
        sizes.fill(next, rank);
        FloatVectors.add(sum, sum, next);
      }
      sizes.check(sum);
      long last = sizes.bytes() / Float.BYTES - 1;
      sum.setAtIndex(ValueLayout.JAVA_FLOAT, last, 0f);
      IllegalStateException found =
          assertThrows(IllegalStateException.class, () -> sizes.check(sum));
      assertTrue(String.valueOf(found.getMessage()).contains("shard=11"), found::toString);
    }
  }

  @Test
  void shardsAreWholeNumbersAndCoverTheVector() {
    assertEquals(0, sizes.shardBytes() % Float.BYTES);
    assertEquals(sizes.bytes(), sizes.shardBytes() * Sizes.SHARDS);
    assertTrue(sizes.bytes() <= 100_003);
  }
}
