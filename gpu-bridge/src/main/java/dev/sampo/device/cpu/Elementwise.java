package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Kernels in which each element stands alone, so that vector length and parts cannot show in the
 * result. Ranges are in elements.
 *
 * <p>GELU in its tanh form is x s with s = sigmoid(2u) = 1 / (1 + e^-2u) and u = sqrt(2/pi) (x +
 * 0.044715 x^3), because (1 + tanh u) / 2 = sigmoid(2u); its derivative is s + x s (1 - s) 2u'.
 */
final class Elementwise {
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final float TWO_ROOT_TWO_OVER_PI = (float) (2 * Math.sqrt(2 / Math.PI));
  private static final float CUBIC = 0.044715f;

  private Elementwise() {}

  static void add(MemorySegment a, MemorySegment b, MemorySegment sum, long from, long to) {
    long i = from;
    for (; i + LANES.length() <= to; i += LANES.length()) {
      load(a, i).add(load(b, i)).intoMemorySegment(sum, i * Float.BYTES, ORDER);
    }
    for (; i < to; i++) {
      sum.setAtIndex(JAVA_FLOAT, i, a.getAtIndex(JAVA_FLOAT, i) + b.getAtIndex(JAVA_FLOAT, i));
    }
  }

  /** c[at + j] += bias[atBias + j] for j below {@code length}. */
  static void addInto(MemorySegment c, long at, MemorySegment bias, long atBias, int length) {
    int j = 0;
    for (; j + LANES.length() <= length; j += LANES.length()) {
      load(c, at + j).add(load(bias, atBias + j)).intoMemorySegment(c, (at + j) << 2, ORDER);
    }
    for (; j < length; j++) {
      float value = c.getAtIndex(JAVA_FLOAT, at + j) + bias.getAtIndex(JAVA_FLOAT, atBias + j);
      c.setAtIndex(JAVA_FLOAT, at + j, value);
    }
  }

  static void gelu(MemorySegment x, MemorySegment y, long from, long to) {
    int length = Math.toIntExact(to - from);
    minusTwoU(x, from, y, from, length);
    Exponential.apply(y, from, length, 0f, 1f);
    int i = 0;
    for (; i + LANES.length() <= length; i += LANES.length()) {
      FloatVector s = FloatVector.broadcast(LANES, 1f).div(load(y, from + i).add(1f));
      load(x, from + i).mul(s).intoMemorySegment(y, (from + i) * Float.BYTES, ORDER);
    }
    for (; i < length; i++) {
      float s = 1f / (1f + y.getAtIndex(JAVA_FLOAT, from + i));
      y.setAtIndex(JAVA_FLOAT, from + i, x.getAtIndex(JAVA_FLOAT, from + i) * s);
    }
  }

  /** Uses the first {@code to - from} elements of {@code scratch}. */
  static void geluBackward(Gelu operands, MemorySegment scratch, long from, long to) {
    MemorySegment x = operands.x();
    int length = Math.toIntExact(to - from);
    minusTwoU(x, from, scratch, 0, length);
    Exponential.apply(scratch, 0, length, 0f, 1f);
    FloatVector one = FloatVector.broadcast(LANES, 1f);
    FloatVector slope = FloatVector.broadcast(LANES, 3f * CUBIC * TWO_ROOT_TWO_OVER_PI);
    FloatVector base = FloatVector.broadcast(LANES, TWO_ROOT_TWO_OVER_PI);
    int i = 0;
    for (; i + LANES.length() <= length; i += LANES.length()) {
      FloatVector v = load(x, from + i);
      FloatVector s = one.div(load(scratch, i).add(1f));
      FloatVector twoUPrime = v.mul(v).fma(slope, base);
      FloatVector derivative = v.mul(s).mul(one.sub(s)).fma(twoUPrime, s);
      load(operands.dy(), from + i)
          .mul(derivative)
          .intoMemorySegment(operands.dx(), (from + i) * Float.BYTES, ORDER);
    }
    for (; i < length; i++) {
      float v = x.getAtIndex(JAVA_FLOAT, from + i);
      float s = 1f / (1f + scratch.getAtIndex(JAVA_FLOAT, i));
      float twoUPrime = Math.fma(v * v, 3f * CUBIC * TWO_ROOT_TWO_OVER_PI, TWO_ROOT_TWO_OVER_PI);
      float derivative = Math.fma(v * s * (1f - s), twoUPrime, s);
      float dy = operands.dy().getAtIndex(JAVA_FLOAT, from + i);
      operands.dx().setAtIndex(JAVA_FLOAT, from + i, dy * derivative);
    }
  }

  /** Operands of GELU's backward pass. */
  record Gelu(MemorySegment x, MemorySegment dy, MemorySegment dx) {}

  /** out = -2u of the class comment. */
  private static void minusTwoU(
      MemorySegment x, long atX, MemorySegment out, long atOut, int length) {
    FloatVector cubic = FloatVector.broadcast(LANES, CUBIC);
    int i = 0;
    for (; i + LANES.length() <= length; i += LANES.length()) {
      FloatVector v = load(x, atX + i);
      v.mul(v)
          .mul(v)
          .fma(cubic, v)
          .mul(-TWO_ROOT_TWO_OVER_PI)
          .intoMemorySegment(out, (atOut + i) * Float.BYTES, ORDER);
    }
    for (; i < length; i++) {
      float v = x.getAtIndex(JAVA_FLOAT, atX + i);
      out.setAtIndex(JAVA_FLOAT, atOut + i, Math.fma(v * v * v, CUBIC, v) * -TWO_ROOT_TWO_OVER_PI);
    }
  }

  private static FloatVector load(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(LANES, x, at * Float.BYTES, ORDER);
  }
}
