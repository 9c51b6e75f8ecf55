package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Kernels in which each element stands alone, so that vector length and parts cannot show in the
 * result. Places and lengths are in elements.
 */
final class Elementwise {
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private Elementwise() {}

  static void add(MemorySegment a, MemorySegment b, MemorySegment sum, long from, long to) {
    sum(a, from, b, from, sum, from, Math.toIntExact(to - from));
  }

  /** sum[atSum + j] = a[atA + j] + b[atB + j] for j below {@code length}. */
  static void sum(
      MemorySegment a,
      long atA,
      MemorySegment b,
      long atB,
      MemorySegment sum,
      long atSum,
      int length) {
    int j = 0;
    for (; j + LANES.length() <= length; j += LANES.length()) {
      load(a, atA + j).add(load(b, atB + j)).intoMemorySegment(sum, (atSum + j) << 2, ORDER);
    }
    for (; j < length; j++) {
      float value = a.getAtIndex(JAVA_FLOAT, atA + j) + b.getAtIndex(JAVA_FLOAT, atB + j);
      sum.setAtIndex(JAVA_FLOAT, atSum + j, value);
    }
  }

  /** c[at + j] += bias[atBias + j] for j below {@code length}. */
  static void addInto(MemorySegment c, long at, MemorySegment bias, long atBias, int length) {
    sum(c, at, bias, atBias, c, at, length);
  }

  /** c[at + j] += bias[atBias + j] + addend[atAddend + j] for j below {@code length}. */
  static void addBoth(
      MemorySegment c,
      long at,
      MemorySegment bias,
      long atBias,
      MemorySegment addend,
      long atAddend,
      int length) {
    int j = 0;
    for (; j + LANES.length() <= length; j += LANES.length()) {
      load(c, at + j)
          .add(load(bias, atBias + j))
          .add(load(addend, atAddend + j))
          .intoMemorySegment(c, (at + j) << 2, ORDER);
    }
    for (; j < length; j++) {
      float value = c.getAtIndex(JAVA_FLOAT, at + j) + bias.getAtIndex(JAVA_FLOAT, atBias + j);
      c.setAtIndex(JAVA_FLOAT, at + j, value + addend.getAtIndex(JAVA_FLOAT, atAddend + j));
    }
  }

  /** x[at + j] *= factor for j below {@code length}. */
  static void scale(MemorySegment x, long at, int length, float factor) {
    int j = 0;
    for (; j + LANES.length() <= length; j += LANES.length()) {
      load(x, at + j).mul(factor).intoMemorySegment(x, (at + j) << 2, ORDER);
    }
    for (; j < length; j++) {
      x.setAtIndex(JAVA_FLOAT, at + j, x.getAtIndex(JAVA_FLOAT, at + j) * factor);
    }
  }

  /** x[at + j] = 0 for j below {@code length}. */
  static void zero(MemorySegment x, long at, int length) {
    FloatVector zero = FloatVector.zero(LANES);
    int j = 0;
    for (; j + LANES.length() <= length; j += LANES.length()) {
      zero.intoMemorySegment(x, (at + j) << 2, ORDER);
    }
    for (; j < length; j++) {
      x.setAtIndex(JAVA_FLOAT, at + j, 0f);
    }
  }

  private static FloatVector load(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(LANES, x, at * Float.BYTES, ORDER);
  }
}
