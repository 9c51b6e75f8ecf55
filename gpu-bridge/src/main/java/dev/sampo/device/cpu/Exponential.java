package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * e^x for f32, scalar and vector, the same bits in both: only exactly rounded operations in one
 * written order. {@code Math.exp} and the vector {@code EXP} operator are not used because their
 * bits depend on how the code happens to run.
 *
 * <p>With n = round(x / ln 2) and r = x - n ln 2, |r| <= 0.35, e^x = 2^n e^r; e^r is its Taylor sum
 * to r^7, whose remainder is below 6e-9. Within 2 units in the last place. Arguments are clamped to
 * [-87, 88], where results are normal numbers; NaN stays NaN.
 */
final class Exponential {
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final float LOWEST = -87f;
  private static final float HIGHEST = 88f;
  private static final double LN2 = 0.6931471805599453;
  private static final float LOG2_E = (float) (1 / LN2);

  /** Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits of the significand. */
  private static final float ROUNDER = 12582912f;

  /** ln 2 in two parts; the first has few bits, so that n times it is exact. */
  private static final float LN2_HIGH = 0x1.63p-1f;

  private static final float LN2_LOW = (float) (LN2 - 0x1.63p-1);
  private static final float C2 = 1f / 2;
  private static final float C3 = 1f / 6;
  private static final float C4 = 1f / 24;
  private static final float C5 = 1f / 120;
  private static final float C6 = 1f / 720;
  private static final float C7 = 1f / 5040;
  private static final int ONE_BITS = 0x3F800000;

  private Exponential() {}

  static float exp(float argument) {
    float x = Math.min(Math.max(argument, LOWEST), HIGHEST);
    float shifted = Math.fma(x, LOG2_E, ROUNDER);
    float n = shifted - ROUNDER;
    float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, x));
    float p = Math.fma(C7, r, C6);
    p = Math.fma(p, r, C5);
    p = Math.fma(p, r, C4);
    p = Math.fma(p, r, C3);
    p = Math.fma(p, r, C2);
    p = Math.fma(p, r, 1f);
    p = Math.fma(p, r, 1f);
    return p * Float.intBitsToFloat((Float.floatToRawIntBits(shifted) << 23) + ONE_BITS);
  }

  /**
   * x = exp((x - shift) scale) in place, over {@code length} elements from {@code at}.
   *
   * <p>The vector form stands inside this loop and not in a method of its own: once compiled alone
   * such a method is too large for the compiler to inline, and vectors passed by call live on the
   * heap, ten times slower.
   */
  static void apply(MemorySegment x, long at, int length, float shift, float scale) {
    int i = 0;
    for (; i + LANES.length() <= length; i += LANES.length()) {
      long place = (at + i) * Float.BYTES;
      FloatVector v = FloatVector.fromMemorySegment(LANES, x, place, ORDER);
      v = v.sub(shift).mul(scale).max(LOWEST).min(HIGHEST);
      FloatVector shifted =
          v.fma(FloatVector.broadcast(LANES, LOG2_E), FloatVector.broadcast(LANES, ROUNDER));
      FloatVector n = shifted.sub(ROUNDER);
      FloatVector r = n.fma(FloatVector.broadcast(LANES, -LN2_HIGH), v);
      r = n.fma(FloatVector.broadcast(LANES, -LN2_LOW), r);
      FloatVector p = r.fma(FloatVector.broadcast(LANES, C7), FloatVector.broadcast(LANES, C6));
      p = p.fma(r, FloatVector.broadcast(LANES, C5));
      p = p.fma(r, FloatVector.broadcast(LANES, C4));
      p = p.fma(r, FloatVector.broadcast(LANES, C3));
      p = p.fma(r, FloatVector.broadcast(LANES, C2));
      p = p.fma(r, FloatVector.broadcast(LANES, 1f));
      p = p.fma(r, FloatVector.broadcast(LANES, 1f));
      IntVector exponent = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
      p.mul(exponent.add(ONE_BITS).reinterpretAsFloats()).intoMemorySegment(x, place, ORDER);
    }
    for (; i < length; i++) {
      float v = (x.getAtIndex(JAVA_FLOAT, at + i) - shift) * scale;
      x.setAtIndex(JAVA_FLOAT, at + i, exp(v));
    }
  }
}
