package dev.sampo.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FloatVectorsTest {
  private static final long SEED = 5;
  private final Arena arena = Arena.ofShared();

  @AfterEach
  void free() {
    arena.close();
  }

  private MemorySegment random(Random random, int length) {
    MemorySegment x = arena.allocate(length * 4L, 4);
    for (int i = 0; i < length; i++) {
      x.setAtIndex(JAVA_FLOAT, i, random.nextFloat() - 0.5f);
    }
    return x;
  }

  @Test
  void roundsToTheNearestBf16WithTiesToEven() {
    int[] cases = {
      0x3F80_0000, 0x3F80_8000, 0x3F81_8000, 0x3F80_7FFF, 0x3F80_8001, 0x7F7F_FFFF, 0x7F80_0000,
      0xFF80_0000, 0x7F80_0001, 0xFFC1_2345, 0x8000_0000, 0x0000_0001, 0x0000_8001, 0xBF80_8000
    };
    int[] wanted = {
      0x3F80_0000, 0x3F80_0000, 0x3F82_0000, 0x3F80_0000, 0x3F81_0000, 0x7F80_0000, 0x7F80_0000,
      0xFF80_0000, 0x7FC0_0000, 0xFFC1_0000, 0x8000_0000, 0x0000_0000, 0x0001_0000, 0xBF80_0000
    };
    // Each case in the vector's body and in its tail.
    int length = 64 * cases.length + 3;
    MemorySegment x = arena.allocate(length * 4L, 4);
    for (int i = 0; i < length; i++) {
      x.setAtIndex(JAVA_INT, i, cases[i % cases.length]);
    }
    FloatVectors.roundToBf16(x, x);
    for (int i = 0; i < length; i++) {
      assertEquals(
          Integer.toHexString(wanted[i % cases.length]),
          Integer.toHexString(x.getAtIndex(JAVA_INT, i)),
          "i=" + i);
    }
    for (int value : cases) {
      int rounded = FloatVectors.roundToBf16(value);
      assertEquals(rounded, FloatVectors.roundToBf16(rounded), "rounded once and for all");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 7, 8, 15, 16, 17, 31, 33, 63, 64, 65, 100, 1023})
  void agreesWithPlainLoopsAtAnyLength(int length) {
    Random random = new Random(SEED);
    MemorySegment a = random(random, length);
    MemorySegment b = random(random, length);
    MemorySegment sum = arena.allocate(length * 4L, 4);
    FloatVectors.add(sum, a, b);
    MemorySegment scaled = arena.allocate(length * 4L, 4);
    FloatVectors.scale(scaled, a, 0.3f);
    double[] sums = new double[8];
    for (int i = 0; i < length; i++) {
      float left = a.getAtIndex(JAVA_FLOAT, i);
      assertEquals(left + b.getAtIndex(JAVA_FLOAT, i), sum.getAtIndex(JAVA_FLOAT, i));
      assertEquals(left * 0.3f, scaled.getAtIndex(JAVA_FLOAT, i));
      if (i < length / 8 * 8) {
        sums[i % 8] += (double) left * left;
      }
    }
    double total =
        ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
    for (int i = length / 8 * 8; i < length; i++) {
      double value = a.getAtIndex(JAVA_FLOAT, i);
      total += value * value;
    }
    assertEquals(total, FloatVectors.sumSquares(a));
    long body = length / 8 * 8L * Float.BYTES;
    assertEquals(
        FloatVectors.sumSquares(a.asSlice(0, body)),
        FloatVectors.foldedByPairs(a, body),
        "the same bits from shorter vectors");
    assertTrue(FloatVectors.allFinite(a));
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void findsTheOneBadElementWhereverItIs(float bad) {
    int length = 37;
    for (int place = 0; place < length; place++) {
      MemorySegment x = random(new Random(SEED), length);
      x.setAtIndex(JAVA_FLOAT, place, bad);
      assertFalse(FloatVectors.allFinite(x), "place " + place);
    }
  }

  @Test
  void refusesUnequalLengthsAndHeapMemory() {
    MemorySegment three = arena.allocate(12);
    MemorySegment four = arena.allocate(16);
    assertThrows(IllegalArgumentException.class, () -> FloatVectors.add(three, three, four));
    MemorySegment heap = MemorySegment.ofArray(new float[3]);
    assertThrows(IllegalArgumentException.class, () -> FloatVectors.scale(heap, heap, 2));
  }
}
