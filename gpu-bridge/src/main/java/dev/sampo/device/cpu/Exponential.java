package dev.sampo.device.cpu;

import jdk.incubator.vector.FloatVector;
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

  static FloatVector exp(FloatVector argument, VectorSpecies<Float> lanes) {
    FloatVector x = argument.max(LOWEST).min(HIGHEST);
    FloatVector rounder = FloatVector.broadcast(lanes, ROUNDER);
    FloatVector shifted = x.fma(FloatVector.broadcast(lanes, LOG2_E), rounder);
    FloatVector n = shifted.sub(rounder);
    FloatVector r = n.fma(FloatVector.broadcast(lanes, -LN2_HIGH), x);
    r = n.fma(FloatVector.broadcast(lanes, -LN2_LOW), r);
    FloatVector one = FloatVector.broadcast(lanes, 1f);
    FloatVector p = r.fma(FloatVector.broadcast(lanes, C7), FloatVector.broadcast(lanes, C6));
    p = p.fma(r, FloatVector.broadcast(lanes, C5));
    p = p.fma(r, FloatVector.broadcast(lanes, C4));
    p = p.fma(r, FloatVector.broadcast(lanes, C3));
    p = p.fma(r, FloatVector.broadcast(lanes, C2));
    p = p.fma(r, one);
    p = p.fma(r, one);
    return p.mul(
        shifted
            .reinterpretAsInts()
            .lanewise(VectorOperators.LSHL, 23)
            .add(ONE_BITS)
            .reinterpretAsFloats());
  }
}
