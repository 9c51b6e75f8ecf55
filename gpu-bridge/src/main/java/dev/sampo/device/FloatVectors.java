package dev.sampo.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Kernels over whole flat f32 vectors in native memory, run on the calling thread. Each result is
 * the same bits on every machine. Reductions keep eight running sums, element i in sum i mod 8,
 * folded as ((0+1)+(2+3))+((4+5)+(6+7)).
 */
public final class FloatVectors {
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int UPPER_HALF = 0xFFFF_0000;
  private static final int ALMOST_HALF = 0x7FFF;
  private static final int MAGNITUDE = 0x7FFF_FFFF;
  private static final int INFINITY = 0x7F80_0000;
  private static final int QUIET = 0x0040_0000;
  private static final VectorSpecies<Double> PAIR = DoubleVector.SPECIES_128;
  private static final int SUMS = 8;
  private static final boolean EIGHT_AT_ONCE = DoubleVector.SPECIES_PREFERRED.length() >= SUMS;

  private FloatVectors() {}

  /**
   * sum = a + b, element by element; sum may be a or b.
   *
   * @throws IllegalArgumentException if the three differ in length or are not native
   */
  public static void add(MemorySegment sum, MemorySegment a, MemorySegment b) {
    long bytes = sameLength(sum, a, b);
    long body = bytes - bytes % LANES.vectorByteSize();
    long at = 0;
    for (; at < body; at += LANES.vectorByteSize()) {
      FloatVector left = FloatVector.fromMemorySegment(LANES, a, at, ORDER);
      FloatVector right = FloatVector.fromMemorySegment(LANES, b, at, ORDER);
      left.add(right).intoMemorySegment(sum, at, ORDER);
    }
    for (; at < bytes; at += Float.BYTES) {
      sum.set(JAVA_FLOAT, at, a.get(JAVA_FLOAT, at) + b.get(JAVA_FLOAT, at));
    }
  }

  /**
   * scaled = factor x, element by element; scaled may be x.
   *
   * @throws IllegalArgumentException if the two differ in length or are not native
   */
  public static void scale(MemorySegment scaled, MemorySegment x, float factor) {
    long bytes = sameLength(scaled, x, x);
    long body = bytes - bytes % LANES.vectorByteSize();
    long at = 0;
    for (; at < body; at += LANES.vectorByteSize()) {
      FloatVector.fromMemorySegment(LANES, x, at, ORDER)
          .mul(factor)
          .intoMemorySegment(scaled, at, ORDER);
    }
    for (; at < bytes; at += Float.BYTES) {
      scaled.set(JAVA_FLOAT, at, factor * x.get(JAVA_FLOAT, at));
    }
  }

  /**
   * rounded = x rounded to bf16 (to nearest, ties to even) and widened again; rounded may be x. A
   * NaN stays one and becomes quiet, what is too large becomes infinite.
   *
   * @throws IllegalArgumentException if the two differ in length or are not native
   */
  public static void roundToBf16(MemorySegment rounded, MemorySegment x) {
    long bytes = sameLength(rounded, x, x);
    long body = bytes - bytes % INTS.vectorByteSize();
    long at = 0;
    for (; at < body; at += INTS.vectorByteSize()) {
      IntVector bits = IntVector.fromMemorySegment(INTS, x, at, ORDER);
      IntVector odd = bits.lanewise(VectorOperators.LSHR, Short.SIZE).and(1);
      VectorMask<Integer> nan = bits.and(MAGNITUDE).compare(VectorOperators.GT, INFINITY);
      bits.add(ALMOST_HALF)
          .add(odd)
          .blend(bits.or(QUIET), nan)
          .and(UPPER_HALF)
          .intoMemorySegment(rounded, at, ORDER);
    }
    for (; at < bytes; at += Float.BYTES) {
      rounded.set(JAVA_INT, at, roundToBf16(x.get(JAVA_INT, at)));
    }
  }

  /** The bits of one f32, the plain way. */
  static int roundToBf16(int bits) {
    if ((bits & MAGNITUDE) > INFINITY) {
      return (bits | QUIET) & UPPER_HALF;
    }
    return (bits + ALMOST_HALF + ((bits >>> Short.SIZE) & 1)) & UPPER_HALF;
  }

  /** The sum of the squares of x, in double: a square of two floats is exact there. */
  public static double sumSquares(MemorySegment x) {
    long bytes = sameLength(x, x, x);
    long body = bytes - bytes % (SUMS * Float.BYTES);
    double total = EIGHT_AT_ONCE ? foldedByEight(x, body) : foldedByPairs(x, body);
    for (long at = body; at < bytes; at += Float.BYTES) {
      double value = x.get(JAVA_FLOAT, at);
      total = Math.fma(value, value, total);
    }
    return total;
  }

  /** All eight sums in one vector. */
  private static double foldedByEight(MemorySegment x, long body) {
    DoubleVector s = DoubleVector.zero(DoubleVector.SPECIES_512);
    for (long at = 0; at < body; at += SUMS * Float.BYTES) {
      DoubleVector eight =
          (DoubleVector)
              FloatVector.fromMemorySegment(FloatVector.SPECIES_256, x, at, ORDER)
                  .convertShape(VectorOperators.F2D, DoubleVector.SPECIES_512, 0);
      s = eight.fma(eight, s);
    }
    return ((s.lane(0) + s.lane(1)) + (s.lane(2) + s.lane(3)))
        + ((s.lane(4) + s.lane(5)) + (s.lane(6) + s.lane(7)));
  }

  /** The same sums where vectors are shorter. */
  static double foldedByPairs(MemorySegment x, long body) {
    DoubleVector s01 = DoubleVector.zero(PAIR);
    DoubleVector s23 = s01;
    DoubleVector s45 = s01;
    DoubleVector s67 = s01;
    for (long at = 0; at < body; at += SUMS * Float.BYTES) {
      DoubleVector x01 = pair(x, at);
      DoubleVector x23 = pair(x, at + 8);
      DoubleVector x45 = pair(x, at + 16);
      DoubleVector x67 = pair(x, at + 24);
      s01 = x01.fma(x01, s01);
      s23 = x23.fma(x23, s23);
      s45 = x45.fma(x45, s45);
      s67 = x67.fma(x67, s67);
    }
    return ((s01.lane(0) + s01.lane(1)) + (s23.lane(0) + s23.lane(1)))
        + ((s45.lane(0) + s45.lane(1)) + (s67.lane(0) + s67.lane(1)));
  }

  /** Two floats as doubles: the widest pair that every machine's vectors hold. */
  private static DoubleVector pair(MemorySegment x, long at) {
    return (DoubleVector)
        FloatVector.fromMemorySegment(FloatVector.SPECIES_64, x, at, ORDER)
            .convertShape(VectorOperators.F2D, PAIR, 0);
  }

  /** Whether no element of x is infinite or not a number. */
  public static boolean allFinite(MemorySegment x) {
    long bytes = sameLength(x, x, x);
    long body = bytes - bytes % LANES.vectorByteSize();
    // x * 0 is 0 for finite x and NaN for all others, and a NaN once added stays.
    FloatVector poison = FloatVector.zero(LANES);
    long at = 0;
    for (; at < body; at += LANES.vectorByteSize()) {
      poison = FloatVector.fromMemorySegment(LANES, x, at, ORDER).mul(0f).add(poison);
    }
    boolean finite = !poison.test(VectorOperators.IS_NAN).anyTrue();
    for (; at < bytes; at += Float.BYTES) {
      finite &= Float.isFinite(x.get(JAVA_FLOAT, at));
    }
    return finite;
  }

  private static long sameLength(MemorySegment a, MemorySegment b, MemorySegment c) {
    long bytes = a.byteSize();
    if (b.byteSize() != bytes || c.byteSize() != bytes || bytes % Float.BYTES != 0) {
      throw new IllegalArgumentException(
          "float vectors of one kernel have one length: bytes=%d, %d, %d"
              .formatted(bytes, b.byteSize(), c.byteSize()));
    }
    if (!a.isNative() || !b.isNative() || !c.isNative()) {
      throw new IllegalArgumentException(
          "float vectors lie in native memory: native=%b, %b, %b; hint: allocate them from an Arena"
              .formatted(a.isNative(), b.isNative(), c.isNative()));
    }
    return bytes;
  }
}
