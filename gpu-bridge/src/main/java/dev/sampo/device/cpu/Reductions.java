package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sums over one row, in an order that no machine changes: sixteen running sums, element i in sum i
 * mod 16, kept in four 128-bit vectors (which every machine has, so none needs another order);
 * folded vector 0 + 1 and 2 + 3, then lane 0 + 1 and 2 + 3; elements past the last sixteen are
 * added after that, one by one. {@code reduceLanes} is not used: its order is left open.
 *
 * <p>Offsets and lengths are in elements.
 */
final class Reductions {
  /** Elements taken at a time; a row's length in multiples of it needs no tail. */
  static final int BLOCK = 16;

  private static final VectorSpecies<Float> QUAD = FloatVector.SPECIES_128;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int QUAD_BYTES = 16;

  private static final VectorSpecies<Float> SIXTEEN = FloatVector.SPECIES_512;
  private static final VectorShuffle<Float> NEXT_QUAD =
      VectorShuffle.fromOp(SIXTEEN, lane -> (lane + 4) % BLOCK);
  private static final VectorShuffle<Float> NEXT_PAIR_OF_QUADS =
      VectorShuffle.fromOp(SIXTEEN, lane -> (lane + 8) % BLOCK);

  private Reductions() {}

  static float sum(MemorySegment x, long at, int length) {
    FloatVector s0 = FloatVector.zero(QUAD);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int body = length - length % BLOCK;
    long start = at * Float.BYTES;
    for (int i = 0; i < body; i += BLOCK) {
      long p = start + (long) i * Float.BYTES;
      s0 = s0.add(quad(x, p));
      s1 = s1.add(quad(x, p + QUAD_BYTES));
      s2 = s2.add(quad(x, p + 2 * QUAD_BYTES));
      s3 = s3.add(quad(x, p + 3 * QUAD_BYTES));
    }
    float total = fold(s0, s1, s2, s3);
    for (int i = body; i < length; i++) {
      total += x.getAtIndex(JAVA_FLOAT, at + i);
    }
    return total;
  }

  /** Sum of (x - center)^2. */
  static float squaredDeviation(MemorySegment x, long at, int length, float center) {
    FloatVector s0 = FloatVector.zero(QUAD);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int body = length - length % BLOCK;
    long start = at * Float.BYTES;
    for (int i = 0; i < body; i += BLOCK) {
      long p = start + (long) i * Float.BYTES;
      FloatVector d0 = quad(x, p).sub(center);
      FloatVector d1 = quad(x, p + QUAD_BYTES).sub(center);
      FloatVector d2 = quad(x, p + 2 * QUAD_BYTES).sub(center);
      FloatVector d3 = quad(x, p + 3 * QUAD_BYTES).sub(center);
      s0 = d0.fma(d0, s0);
      s1 = d1.fma(d1, s1);
      s2 = d2.fma(d2, s2);
      s3 = d3.fma(d3, s3);
    }
    float total = fold(s0, s1, s2, s3);
    for (int i = body; i < length; i++) {
      float deviation = x.getAtIndex(JAVA_FLOAT, at + i) - center;
      total = Math.fma(deviation, deviation, total);
    }
    return total;
  }

  static float dot(MemorySegment a, long atA, MemorySegment b, long atB, int length) {
    FloatVector s0 = FloatVector.zero(QUAD);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int body = length - length % BLOCK;
    long startA = atA * Float.BYTES;
    long startB = atB * Float.BYTES;
    for (int i = 0; i < body; i += BLOCK) {
      long p = startA + (long) i * Float.BYTES;
      long q = startB + (long) i * Float.BYTES;
      s0 = quad(a, p).fma(quad(b, q), s0);
      s1 = quad(a, p + QUAD_BYTES).fma(quad(b, q + QUAD_BYTES), s1);
      s2 = quad(a, p + 2 * QUAD_BYTES).fma(quad(b, q + 2 * QUAD_BYTES), s2);
      s3 = quad(a, p + 3 * QUAD_BYTES).fma(quad(b, q + 3 * QUAD_BYTES), s3);
    }
    float total = fold(s0, s1, s2, s3);
    for (int i = body; i < length; i++) {
      total = Math.fma(a.getAtIndex(JAVA_FLOAT, atA + i), b.getAtIndex(JAVA_FLOAT, atB + i), total);
    }
    return total;
  }

  /** The largest element; a maximum is the same in any order. */
  static float max(MemorySegment x, long at, int length) {
    FloatVector m = FloatVector.broadcast(QUAD, Float.NEGATIVE_INFINITY);
    int body = QUAD.loopBound(length);
    long start = at * Float.BYTES;
    for (int i = 0; i < body; i += 4) {
      m = m.max(quad(x, start + (long) i * Float.BYTES));
    }
    float largest = Math.max(Math.max(m.lane(0), m.lane(1)), Math.max(m.lane(2), m.lane(3)));
    for (int i = body; i < length; i++) {
      largest = Math.max(largest, x.getAtIndex(JAVA_FLOAT, at + i));
    }
    return largest;
  }

  private static FloatVector quad(MemorySegment x, long atByte) {
    return FloatVector.fromMemorySegment(QUAD, x, atByte, ORDER);
  }

  /** As {@link #dot}, of f32 a and bf16 b, and a length in multiples of {@value #BLOCK}. */
  static float dotHalf(MemorySegment a, long atA, MemorySegment b, long atB, int length) {
    FloatVector s0 = FloatVector.zero(QUAD);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int i = 0; i < length; i += BLOCK) {
      long p = (atA + i) * Float.BYTES;
      long q = (atB + i) * Short.BYTES;
      s0 = quad(a, p).fma(Bfloat16.widenFour(b, q), s0);
      s1 = quad(a, p + QUAD_BYTES).fma(Bfloat16.widenFour(b, q + QUAD_BYTES / 2), s1);
      s2 = quad(a, p + 2 * QUAD_BYTES).fma(Bfloat16.widenFour(b, q + QUAD_BYTES), s2);
      s3 = quad(a, p + 3 * QUAD_BYTES).fma(Bfloat16.widenFour(b, q + 3 * QUAD_BYTES / 2), s3);
    }
    return fold(s0, s1, s2, s3);
  }

  /** The total of sixteen running sums that are lanes of one vector. */
  static float fold(FloatVector s) {
    FloatVector quads = s.add(s.rearrange(NEXT_QUAD));
    quads = quads.add(quads.rearrange(NEXT_PAIR_OF_QUADS));
    return (quads.lane(0) + quads.lane(1)) + (quads.lane(2) + quads.lane(3));
  }

  private static float fold(FloatVector s0, FloatVector s1, FloatVector s2, FloatVector s3) {
    FloatVector s = s0.add(s1).add(s2.add(s3));
    return (s.lane(0) + s.lane(1)) + (s.lane(2) + s.lane(3));
  }
}
