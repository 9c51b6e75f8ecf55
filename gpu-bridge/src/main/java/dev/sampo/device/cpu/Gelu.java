package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * GELU in its tanh form: x s with s = sigmoid(2u) = 1 / (1 + e^-2u) and u = sqrt(2/pi) (x +
 * 0.044715 x^3), because (1 + tanh u) / 2 = sigmoid(2u); its derivative is s + x s (1 - s) 2u'.
 * Places and lengths are in elements; a length is a few hundred, so that passes stay in the cache.
 */
final class Gelu {
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final float TWO_ROOT_TWO_OVER_PI = (float) (2 * Math.sqrt(2 / Math.PI));
  private static final float CUBIC = 0.044715f;

  private Gelu() {}

  /** y = gelu(x); y is not x. */
  static void forward(MemorySegment x, long atX, MemorySegment y, long atY, int length) {
    minusTwoU(x, atX, y, atY, length);
    Exponential.apply(y, atY, length, 0f, 1f);
    int i = 0;
    for (; i + LANES.length() <= length; i += LANES.length()) {
      load(x, atX + i).div(load(y, atY + i).add(1f)).intoMemorySegment(y, (atY + i) << 2, ORDER);
    }
    for (; i < length; i++) {
      float value = x.getAtIndex(JAVA_FLOAT, atX + i) / (y.getAtIndex(JAVA_FLOAT, atY + i) + 1f);
      y.setAtIndex(JAVA_FLOAT, atY + i, value);
    }
  }

  /**
   * d *= gelu'(x), in place.
   *
   * @param scratch its first {@code length} elements are overwritten
   */
  static void backward(
      MemorySegment x, long atX, MemorySegment scratch, MemorySegment d, long atD, int length) {
    minusTwoU(x, atX, scratch, 0, length);
    Exponential.apply(scratch, 0, length, 0f, 1f);
    FloatVector one = FloatVector.broadcast(LANES, 1f);
    FloatVector slope = FloatVector.broadcast(LANES, 3f * CUBIC * TWO_ROOT_TWO_OVER_PI);
    FloatVector base = FloatVector.broadcast(LANES, TWO_ROOT_TWO_OVER_PI);
    int i = 0;
    for (; i + LANES.length() <= length; i += LANES.length()) {
      FloatVector v = load(x, atX + i);
      FloatVector s = one.div(load(scratch, i).add(1f));
      FloatVector twoUPrime = v.mul(v).fma(slope, base);
      FloatVector derivative = v.mul(s).mul(one.sub(s)).fma(twoUPrime, s);
      load(d, atD + i).mul(derivative).intoMemorySegment(d, (atD + i) << 2, ORDER);
    }
    for (; i < length; i++) {
      float v = x.getAtIndex(JAVA_FLOAT, atX + i);
      float s = 1f / (scratch.getAtIndex(JAVA_FLOAT, i) + 1f);
      float twoUPrime = Math.fma(v * v, 3f * CUBIC * TWO_ROOT_TWO_OVER_PI, TWO_ROOT_TWO_OVER_PI);
      float derivative = Math.fma(v * s * (1f - s), twoUPrime, s);
      d.setAtIndex(JAVA_FLOAT, atD + i, d.getAtIndex(JAVA_FLOAT, atD + i) * derivative);
    }
  }

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
          .intoMemorySegment(out, (atOut + i) << 2, ORDER);
    }
    for (; i < length; i++) {
      float v = x.getAtIndex(JAVA_FLOAT, atX + i);
      out.setAtIndex(JAVA_FLOAT, atOut + i, Math.fma(v * v * v, CUBIC, v) * -TWO_ROOT_TWO_OVER_PI);
    }
  }

  private static FloatVector load(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(LANES, x, at << 2, ORDER);
  }
}
