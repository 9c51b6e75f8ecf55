package dev.sampo.gradient.codec;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class CodecTest {
  private static final long SEED = Long.getLong("sampo.test.seed", 20_261_124L);
  private static final int[] AWKWARD = {0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 65, 1_000};

  /** Of the two neighbours in bf16 the nearer one, by exact arithmetic; at a tie the even one. */
  private static short nearest(float value) {
    int bits = Float.floatToRawIntBits(value);
    short down = (short) (bits >>> 16);
    if ((bits & 0xffff) == 0) {
      return down;
    }
    short up = (short) (down + 1);
    BigDecimal exact = new BigDecimal(value);
    BigDecimal toDown = exact.subtract(widened(down)).abs();
    BigDecimal toUp = widened(up).subtract(exact).abs();
    int nearer = toDown.compareTo(toUp);
    return nearer < 0 || (nearer == 0 && (down & 1) == 0) ? down : up;
  }

  /** Past the largest number stands what the next one would be. */
  private static BigDecimal widened(short bf16) {
    float value = Float.intBitsToFloat(bf16 << 16);
    return Float.isInfinite(value)
        ? new BigDecimal(2).pow(128).multiply(new BigDecimal(Math.signum(value)))
        : new BigDecimal(value);
  }

  @Test
  void bf16RoundsToTheNearestAndTiesToTheEvenOne() {
    SplittableRandom random = new SplittableRandom(SEED);
    try (Arena arena = Arena.ofConfined()) {
      int count = 100_003;
      MemorySegment floats = arena.allocate(count * 4L, 64);
      MemorySegment halves = arena.allocate(count * 2L, 64);
      for (int n = 0; n < count; n++) {
        int bits = random.nextInt();
        int tie = (bits & 0xffff_0000) | 0x8000;
        int chosen = n % 3 == 0 ? tie : n % 3 == 1 ? tie + random.nextInt(3) - 1 : bits;
        floats.set(JAVA_INT_UNALIGNED, n * 4L, chosen);
      }
      Codec.BF16.encode(floats, 0, halves, 0, count * 4);
      for (int n = 0; n < count; n++) {
        float value = Float.intBitsToFloat(floats.get(JAVA_INT_UNALIGNED, n * 4L));
        short found = halves.get(JAVA_SHORT_UNALIGNED, n * 2L);
        String what = "seed=%d, n=%d, value=%s".formatted(SEED, n, value);
        if (Float.isNaN(value)) {
          assertTrue(Float.isNaN(Float.intBitsToFloat(found << 16)), what);
        } else if (Float.isInfinite(value)) {
          assertEquals(value, Float.intBitsToFloat(found << 16), what);
        } else {
          assertEquals(nearest(value), found, what);
        }
      }
    }
  }

  @Test
  void theVectorsAgreeWithThePlainWayAtAwkwardLengthsAndPlaces() {
    SplittableRandom random = new SplittableRandom(SEED);
    try (Arena arena = Arena.ofConfined()) {
      for (int count : AWKWARD) {
        MemorySegment floats = arena.allocate(count * 4L + 12, 4);
        MemorySegment halves = arena.allocate(count * 2L + 6, 2);
        MemorySegment back = arena.allocate(count * 4L + 12, 4);
        for (long at = 0; at < floats.byteSize(); at += 4) {
          floats.set(JAVA_INT_UNALIGNED, at, random.nextInt());
        }
        Codec.BF16.encode(floats, 4, halves, 2, count * 4);
        Codec.BF16.decode(halves, 2, back, 8, count * 4);
        for (int n = 0; n < count; n++) {
          String what = "seed=%d, count=%d, n=%d".formatted(SEED, count, n);
          short plain = Bf16.round(floats.get(JAVA_INT_UNALIGNED, 4 + n * 4L));
          assertEquals(plain, halves.get(JAVA_SHORT_UNALIGNED, 2 + n * 2L), what);
          assertEquals(plain << 16, back.get(JAVA_INT_UNALIGNED, 8 + n * 4L), what);
        }
        assertEquals(0, halves.get(JAVA_SHORT_UNALIGNED, 0), "nothing before");
        assertEquals(0, halves.get(JAVA_SHORT_UNALIGNED, 2 + count * 2L), "nothing behind");
        assertEquals(0, back.get(JAVA_INT_UNALIGNED, 8 + count * 4L), "nothing behind");
      }
    }
  }

  /** So a gradient that was rounded may travel on in bf16 and lose nothing more. */
  @Test
  void everyBf16ComesBackAsItWas() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment halves = arena.allocate(2L << 16);
      MemorySegment floats = arena.allocate(4L << 16);
      MemorySegment again = arena.allocate(2L << 16);
      for (int n = 0; n < 1 << 16; n++) {
        halves.set(JAVA_SHORT_UNALIGNED, n * 2L, (short) n);
      }
      Codec.BF16.decode(halves, 0, floats, 0, 4 << 16);
      Codec.BF16.encode(floats, 0, again, 0, 4 << 16);
      for (int n = 0; n < 1 << 16; n++) {
        boolean nan = Float.isNaN(Float.intBitsToFloat(n << 16));
        assertEquals(
            (short) (nan ? n | 0x40 : n), again.get(JAVA_SHORT_UNALIGNED, n * 2L), "n=" + n);
      }
    }
  }

  @Test
  void codesAreThoseOnTheWire() {
    assertEquals(Codec.F32, Codec.ofCode(0));
    assertEquals(Codec.BF16, Codec.ofCode(1));
    assertNull(Codec.ofCode(2));
    assertNull(Codec.ofCode(255));
    assertFalse(Codec.BF16.takes(6));
    assertEquals(64, Codec.BF16.decodedCapacity(33));
  }
}
