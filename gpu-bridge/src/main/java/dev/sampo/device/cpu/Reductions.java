package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Sums over one row, in an order that no machine changes: sixteen running sums, element i in sum i
 * mod 16; of these 0 to 3 and 4 to 7 are added lane by lane, 8 to 11 and 12 to 15, then both, then
 * lane 0 + 1 and 2 + 3; elements past the last sixteen are added after that, one by one. {@code
 * reduceLanes} is not used: its order is left open.
 *
 * <p>Vectors are of the machine's own length, one, two or four for the sixteen sums. A fixed length
 * for all machines would do for the order, but not for speed: a process should know one length of
 * vector only. HotSpot's compiler dispatches what happens inside {@code FloatVector} by the classes
 * it has seen there, and where it has seen two, what it compiled at the wrong moment makes an
 * object of each vector (docs/LOG.md, "One length of vector").
 *
 * <p>Offsets and lengths are in elements.
 */
final class Reductions {
  /** Elements taken at a time; a row's length in multiples of it needs no tail. */
  static final int BLOCK = 16;

  private static final int QUAD = 4;

  /** The machine's own vectors, where sixteen sums fill one, two or four of them. */
  static final VectorSpecies<Float> LANES = lanes(FloatVector.SPECIES_PREFERRED);

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /** How many vectors hold the sixteen sums; the compiler drops what is for more. */
  private static final int VECTORS = BLOCK / LANES.length();

  private static final long BYTES = LANES.length() * (long) Float.BYTES;
  private static final long HALF_BYTES = LANES.length() * (long) Short.BYTES;
  private static final VectorShuffle<Float> NEXT_QUAD = rotation(QUAD);
  private static final VectorShuffle<Float> NEXT_PAIR_OF_QUADS = rotation(2 * QUAD);

  private Reductions() {}

  private static VectorSpecies<Float> lanes(VectorSpecies<Float> preferred) {
    if (preferred.length() > BLOCK) {
      return FloatVector.SPECIES_512;
    }
    return preferred.length() < QUAD ? FloatVector.SPECIES_128 : preferred;
  }

  private static VectorShuffle<Float> rotation(int by) {
    return VectorShuffle.fromOp(LANES, lane -> (lane + by) % LANES.length());
  }

  static float sum(MemorySegment x, long at, int length) {
    FloatVector s0 = FloatVector.zero(LANES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int body = length - length % BLOCK;
    for (int i = 0; i < body; i += BLOCK) {
      long p = (at + i) * Float.BYTES;
      s0 = s0.add(load(x, p));
      if (VECTORS > 1) {
        s1 = s1.add(load(x, p + BYTES));
      }
      if (VECTORS > 2) {
        s2 = s2.add(load(x, p + 2 * BYTES));
        s3 = s3.add(load(x, p + 3 * BYTES));
      }
    }
    float total = fold(s0, s1, s2, s3);
    for (int i = body; i < length; i++) {
      total += x.getAtIndex(JAVA_FLOAT, at + i);
    }
    return total;
  }

  /** Sum of (x - center)^2. */
  static float squaredDeviation(MemorySegment x, long at, int length, float center) {
    FloatVector s0 = FloatVector.zero(LANES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int body = length - length % BLOCK;
    for (int i = 0; i < body; i += BLOCK) {
      long p = (at + i) * Float.BYTES;
      FloatVector d0 = load(x, p).sub(center);
      s0 = d0.fma(d0, s0);
      if (VECTORS > 1) {
        FloatVector d1 = load(x, p + BYTES).sub(center);
        s1 = d1.fma(d1, s1);
      }
      if (VECTORS > 2) {
        FloatVector d2 = load(x, p + 2 * BYTES).sub(center);
        FloatVector d3 = load(x, p + 3 * BYTES).sub(center);
        s2 = d2.fma(d2, s2);
        s3 = d3.fma(d3, s3);
      }
    }
    float total = fold(s0, s1, s2, s3);
    for (int i = body; i < length; i++) {
      float deviation = x.getAtIndex(JAVA_FLOAT, at + i) - center;
      total = Math.fma(deviation, deviation, total);
    }
    return total;
  }

  static float dot(MemorySegment a, long atA, MemorySegment b, long atB, int length) {
    FloatVector s0 = FloatVector.zero(LANES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int body = length - length % BLOCK;
    for (int i = 0; i < body; i += BLOCK) {
      long p = (atA + i) * Float.BYTES;
      long q = (atB + i) * Float.BYTES;
      s0 = load(a, p).fma(load(b, q), s0);
      if (VECTORS > 1) {
        s1 = load(a, p + BYTES).fma(load(b, q + BYTES), s1);
      }
      if (VECTORS > 2) {
        s2 = load(a, p + 2 * BYTES).fma(load(b, q + 2 * BYTES), s2);
        s3 = load(a, p + 3 * BYTES).fma(load(b, q + 3 * BYTES), s3);
      }
    }
    float total = fold(s0, s1, s2, s3);
    for (int i = body; i < length; i++) {
      total = Math.fma(a.getAtIndex(JAVA_FLOAT, atA + i), b.getAtIndex(JAVA_FLOAT, atB + i), total);
    }
    return total;
  }

  /** Sum of (x - center) y w; x and y from {@code at} on, w from its start. */
  static float weightedDot(
      MemorySegment x, float center, MemorySegment y, long at, MemorySegment w, int length) {
    FloatVector s0 = FloatVector.zero(LANES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int body = length - length % BLOCK;
    for (int i = 0; i < body; i += BLOCK) {
      long p = (at + i) * Float.BYTES;
      long q = (long) i * Float.BYTES;
      s0 = load(x, p).sub(center).fma(load(y, p).mul(load(w, q)), s0);
      if (VECTORS > 1) {
        FloatVector w1 = load(y, p + BYTES).mul(load(w, q + BYTES));
        s1 = load(x, p + BYTES).sub(center).fma(w1, s1);
      }
      if (VECTORS > 2) {
        FloatVector w2 = load(y, p + 2 * BYTES).mul(load(w, q + 2 * BYTES));
        FloatVector w3 = load(y, p + 3 * BYTES).mul(load(w, q + 3 * BYTES));
        s2 = load(x, p + 2 * BYTES).sub(center).fma(w2, s2);
        s3 = load(x, p + 3 * BYTES).sub(center).fma(w3, s3);
      }
    }
    float total = fold(s0, s1, s2, s3);
    for (int i = body; i < length; i++) {
      float weight = y.getAtIndex(JAVA_FLOAT, at + i) * w.getAtIndex(JAVA_FLOAT, i);
      total = Math.fma(x.getAtIndex(JAVA_FLOAT, at + i) - center, weight, total);
    }
    return total;
  }

  /** The largest element; a maximum is the same in any order. */
  static float max(MemorySegment x, long at, int length) {
    float largest = Float.NEGATIVE_INFINITY;
    int body = LANES.loopBound(length);
    if (body > 0) {
      FloatVector m = load(x, at * Float.BYTES);
      for (int i = LANES.length(); i < body; i += LANES.length()) {
        m = load(x, (at + i) * Float.BYTES).max(m);
      }
      largest = m.reduceLanes(VectorOperators.MAX);
    }
    for (int i = body; i < length; i++) {
      largest = Math.max(largest, x.getAtIndex(JAVA_FLOAT, at + i));
    }
    return largest;
  }

  /** As {@link #dot}, of f32 a and bf16 b, and a length in multiples of {@value #BLOCK}. */
  static float dotHalf(MemorySegment a, long atA, MemorySegment b, long atB, int length) {
    FloatVector s0 = FloatVector.zero(LANES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int i = 0; i < length; i += BLOCK) {
      long p = (atA + i) * Float.BYTES;
      long q = (atB + i) * Short.BYTES;
      s0 = load(a, p).fma(Bfloat16.widen(b, q), s0);
      if (VECTORS > 1) {
        s1 = load(a, p + BYTES).fma(Bfloat16.widen(b, q + HALF_BYTES), s1);
      }
      if (VECTORS > 2) {
        s2 = load(a, p + 2 * BYTES).fma(Bfloat16.widen(b, q + 2 * HALF_BYTES), s2);
        s3 = load(a, p + 3 * BYTES).fma(Bfloat16.widen(b, q + 3 * HALF_BYTES), s3);
      }
    }
    return fold(s0, s1, s2, s3);
  }

  private static FloatVector load(MemorySegment x, long atByte) {
    return FloatVector.fromMemorySegment(LANES, x, atByte, ORDER);
  }

  /** The total of sixteen running sums that are lanes of one vector. */
  static float fold(FloatVector s) {
    FloatVector quads = s.add(s.rearrange(NEXT_QUAD));
    return foldQuad(quads.add(quads.rearrange(NEXT_PAIR_OF_QUADS)));
  }

  private static float fold(FloatVector s0, FloatVector s1, FloatVector s2, FloatVector s3) {
    return switch (VECTORS) {
      case 1 -> fold(s0);
      case 2 -> foldQuad(s0.add(s0.rearrange(NEXT_QUAD)).add(s1.add(s1.rearrange(NEXT_QUAD))));
      default -> foldQuad(s0.add(s1).add(s2.add(s3)));
    };
  }

  private static float foldQuad(FloatVector s) {
    return (s.lane(0) + s.lane(1)) + (s.lane(2) + s.lane(3));
  }
}
