package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.device.Normalised;
import dev.sampo.device.RmsShape;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * RMS norm. Rows stand alone in the forward pass and in the gradient at the input; the gradient of
 * the gain is a sum down each column, in the order of the rows.
 */
final class RmsNorm {
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Float> QUAD = FloatVector.SPECIES_128;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private RmsNorm() {}

  static void forward(
      RmsShape shape,
      MemorySegment x,
      MemorySegment gain,
      MemorySegment y,
      MemorySegment scales,
      int row) {
    int width = shape.rows().width();
    long at = (long) row * width;
    float square = Reductions.dot(x, at, x, at, width) / width;
    // Math.sqrt of a float, rounded to float, is the correctly rounded float root.
    float scale = 1f / (float) Math.sqrt(square + shape.epsilon());
    scales.setAtIndex(JAVA_FLOAT, row, scale);
    int j = 0;
    for (; j + LANES.length() <= width; j += LANES.length()) {
      FloatVector normal = load(x, at + j).mul(scale);
      normal.mul(load(gain, j)).intoMemorySegment(y, (at + j) << 2, ORDER);
    }
    for (; j < width; j++) {
      float normal = x.getAtIndex(JAVA_FLOAT, at + j) * scale;
      y.setAtIndex(JAVA_FLOAT, at + j, normal * gain.getAtIndex(JAVA_FLOAT, j));
    }
  }

  /** dx[row] += scale (d - n mean(d n)), with n the normalised row and d = dy gain. */
  static void backwardRow(
      int width,
      Normalised saved,
      MemorySegment gain,
      MemorySegment dy,
      MemorySegment dx,
      int row) {
    long at = (long) row * width;
    MemorySegment x = saved.input();
    float scale = saved.statistics().getAtIndex(JAVA_FLOAT, row);
    float meanDn = weightedDot(x, dy, at, gain, width) * scale / width;
    int j = 0;
    for (; j + LANES.length() <= width; j += LANES.length()) {
      FloatVector normal = load(x, at + j).mul(scale);
      FloatVector d = load(dy, at + j).mul(load(gain, j));
      FloatVector part = d.sub(normal.mul(meanDn)).mul(scale);
      load(dx, at + j).add(part).intoMemorySegment(dx, (at + j) << 2, ORDER);
    }
    for (; j < width; j++) {
      float normal = x.getAtIndex(JAVA_FLOAT, at + j) * scale;
      float d = dy.getAtIndex(JAVA_FLOAT, at + j) * gain.getAtIndex(JAVA_FLOAT, j);
      float part = (d - normal * meanDn) * scale;
      dx.setAtIndex(JAVA_FLOAT, at + j, dx.getAtIndex(JAVA_FLOAT, at + j) + part);
    }
  }

  /** Sum of x gain dy over a row, in two vectors of four running sums. */
  private static float weightedDot(
      MemorySegment x, MemorySegment dy, long at, MemorySegment gain, int width) {
    FloatVector s0 = FloatVector.zero(QUAD);
    FloatVector s1 = s0;
    int body = width - width % 8;
    for (int j = 0; j < body; j += 8) {
      s0 = quad(x, at + j).fma(quad(dy, at + j).mul(quad(gain, j)), s0);
      s1 = quad(x, at + j + 4).fma(quad(dy, at + j + 4).mul(quad(gain, j + 4L)), s1);
    }
    FloatVector s = s0.add(s1);
    float total = (s.lane(0) + s.lane(1)) + (s.lane(2) + s.lane(3));
    for (int j = body; j < width; j++) {
      float weight = dy.getAtIndex(JAVA_FLOAT, at + j) * gain.getAtIndex(JAVA_FLOAT, j);
      total = Math.fma(x.getAtIndex(JAVA_FLOAT, at + j), weight, total);
    }
    return total;
  }

  /** Gradient of the gain in columns [from, to). */
  static void backwardColumns(
      RmsShape shape, Normalised saved, MemorySegment dy, MemorySegment dGain, int from, int to) {
    int rows = shape.rows().rows();
    int width = shape.rows().width();
    int j = from;
    for (; j + LANES.length() <= to; j += LANES.length()) {
      FloatVector sum = FloatVector.zero(LANES);
      for (int row = 0; row < rows; row++) {
        long at = (long) row * width + j;
        float scale = saved.statistics().getAtIndex(JAVA_FLOAT, row);
        sum = load(saved.input(), at).mul(scale).fma(load(dy, at), sum);
      }
      sum.intoMemorySegment(dGain, (long) j << 2, ORDER);
    }
    for (; j < to; j++) {
      float sum = 0;
      for (int row = 0; row < rows; row++) {
        long at = (long) row * width + j;
        float normal =
            saved.input().getAtIndex(JAVA_FLOAT, at)
                * saved.statistics().getAtIndex(JAVA_FLOAT, row);
        sum = Math.fma(normal, dy.getAtIndex(JAVA_FLOAT, at), sum);
      }
      dGain.setAtIndex(JAVA_FLOAT, j, sum);
    }
  }

  private static FloatVector load(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(LANES, x, at << 2, ORDER);
  }

  private static FloatVector quad(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(QUAD, x, at << 2, ORDER);
  }
}
