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
    FloatVector one = FloatVector.broadcast(LANES, 1f);
    long i = from;
    for (; i + LANES.length() <= to; i += LANES.length()) {
      FloatVector v = load(x, i);
      v.mul(sigmoid(v, one)).intoMemorySegment(y, i * Float.BYTES, ORDER);
    }
    for (; i < to; i++) {
      float v = x.getAtIndex(JAVA_FLOAT, i);
      y.setAtIndex(JAVA_FLOAT, i, v * sigmoid(v));
    }
  }

  static void geluBackward(
      MemorySegment x, MemorySegment dy, MemorySegment dx, long from, long to) {
    FloatVector one = FloatVector.broadcast(LANES, 1f);
    FloatVector slope = FloatVector.broadcast(LANES, 3f * CUBIC * TWO_ROOT_TWO_OVER_PI);
    FloatVector base = FloatVector.broadcast(LANES, TWO_ROOT_TWO_OVER_PI);
    long i = from;
    for (; i + LANES.length() <= to; i += LANES.length()) {
      FloatVector v = load(x, i);
      FloatVector s = sigmoid(v, one);
      FloatVector twoUPrime = v.mul(v).fma(slope, base);
      FloatVector derivative = v.mul(s).mul(one.sub(s)).fma(twoUPrime, s);
      load(dy, i).mul(derivative).intoMemorySegment(dx, i * Float.BYTES, ORDER);
    }
    for (; i < to; i++) {
      float v = x.getAtIndex(JAVA_FLOAT, i);
      float s = sigmoid(v);
      float twoUPrime = Math.fma(v * v, 3f * CUBIC * TWO_ROOT_TWO_OVER_PI, TWO_ROOT_TWO_OVER_PI);
      float derivative = Math.fma(v * s * (1f - s), twoUPrime, s);
      dx.setAtIndex(JAVA_FLOAT, i, dy.getAtIndex(JAVA_FLOAT, i) * derivative);
    }
  }

  /** sigmoid(2u) of the class comment. */
  private static float sigmoid(float x) {
    float minusTwoU = -(TWO_ROOT_TWO_OVER_PI * Math.fma(x * x * x, CUBIC, x));
    return 1f / (1f + Exponential.exp(minusTwoU));
  }

  private static FloatVector sigmoid(FloatVector x, FloatVector one) {
    FloatVector cubic = x.mul(x).mul(x).fma(FloatVector.broadcast(LANES, CUBIC), x);
    FloatVector minusTwoU = cubic.mul(TWO_ROOT_TWO_OVER_PI).neg();
    return one.div(one.add(Exponential.exp(minusTwoU, LANES)));
  }

  private static FloatVector load(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(LANES, x, at * Float.BYTES, ORDER);
  }
}
