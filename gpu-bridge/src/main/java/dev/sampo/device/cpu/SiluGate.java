package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * silu(g) u with silu(g) = g s and s = 1 / (1 + e^-g); silu'(g) = s + g s (1 - s). Each element
 * stands alone.
 */
final class SiluGate {
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private SiluGate() {}

  /** One row, all f32: the gate at {@code gate} and what it gates behind it. */
  static void forward(int width, MemorySegment gateUp, long gate, MemorySegment y, long at) {
    long up = gate + width;
    negate(gateUp, gate, y, at, width);
    Exponential.apply(y, at, width, 0f, 1f);
    int j = 0;
    for (; j + LANES.length() <= width; j += LANES.length()) {
      FloatVector s = FloatVector.broadcast(LANES, 1f).div(load(y, at + j).add(1f));
      load(gateUp, gate + j)
          .mul(s)
          .mul(load(gateUp, up + j))
          .intoMemorySegment(y, (at + j) << 2, ORDER);
    }
    for (; j < width; j++) {
      float s = 1f / (1f + y.getAtIndex(JAVA_FLOAT, at + j));
      float g = gateUp.getAtIndex(JAVA_FLOAT, gate + j);
      y.setAtIndex(JAVA_FLOAT, at + j, g * s * gateUp.getAtIndex(JAVA_FLOAT, up + j));
    }
  }

  /** One row, all f32; the result lies as the gate and what it gates. */
  static void backward(
      int width,
      MemorySegment gateUp,
      long gate,
      MemorySegment dy,
      long at,
      MemorySegment dGateUp,
      long dGate) {
    long up = gate + width;
    long dUp = dGate + width;
    // The gate's half of the result holds e^-g until it is known.
    negate(gateUp, gate, dGateUp, dGate, width);
    Exponential.apply(dGateUp, dGate, width, 0f, 1f);
    int j = 0;
    FloatVector one = FloatVector.broadcast(LANES, 1f);
    for (; j + LANES.length() <= width; j += LANES.length()) {
      FloatVector s = one.div(load(dGateUp, dGate + j).add(1f));
      FloatVector g = load(gateUp, gate + j);
      FloatVector d = load(dy, at + j);
      FloatVector slope = g.mul(s).fma(one.sub(s), s);
      d.mul(load(gateUp, up + j)).mul(slope).intoMemorySegment(dGateUp, (dGate + j) << 2, ORDER);
      d.mul(g.mul(s)).intoMemorySegment(dGateUp, (dUp + j) << 2, ORDER);
    }
    for (; j < width; j++) {
      float s = 1f / (1f + dGateUp.getAtIndex(JAVA_FLOAT, dGate + j));
      float g = gateUp.getAtIndex(JAVA_FLOAT, gate + j);
      float d = dy.getAtIndex(JAVA_FLOAT, at + j);
      float slope = Math.fma(g * s, 1f - s, s);
      dGateUp.setAtIndex(JAVA_FLOAT, dGate + j, d * gateUp.getAtIndex(JAVA_FLOAT, up + j) * slope);
      dGateUp.setAtIndex(JAVA_FLOAT, dUp + j, d * (g * s));
    }
  }

  private static void negate(MemorySegment x, long atX, MemorySegment y, long atY, int width) {
    int j = 0;
    for (; j + LANES.length() <= width; j += LANES.length()) {
      load(x, atX + j).neg().intoMemorySegment(y, (atY + j) << 2, ORDER);
    }
    for (; j < width; j++) {
      y.setAtIndex(JAVA_FLOAT, atY + j, -x.getAtIndex(JAVA_FLOAT, atX + j));
    }
  }

  private static FloatVector load(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(LANES, x, at << 2, ORDER);
  }
}
