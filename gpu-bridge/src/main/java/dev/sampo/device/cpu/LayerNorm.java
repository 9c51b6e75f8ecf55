package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.device.Affine;
import dev.sampo.device.Device;
import dev.sampo.device.Normalised;
import dev.sampo.device.Rows;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Layer norm. Rows stand alone in the forward pass and in the gradient at the input; the gradients
 * of gain and bias are sums down the columns, each column in the order of the rows.
 */
final class LayerNorm {
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Float> QUAD = FloatVector.SPECIES_128;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private LayerNorm() {}

  static void forward(
      int width,
      MemorySegment x,
      Affine affine,
      MemorySegment y,
      MemorySegment statistics,
      int row) {
    long at = (long) row * width;
    float mean = Reductions.sum(x, at, width) / width;
    float variance = Reductions.squaredDeviation(x, at, width, mean) / width;
    // Math.sqrt of a float, rounded to float, is the correctly rounded float root.
    float scale = 1f / (float) Math.sqrt(variance + Device.LAYER_NORM_EPSILON);
    statistics.setAtIndex(JAVA_FLOAT, 2L * row, mean);
    statistics.setAtIndex(JAVA_FLOAT, 2L * row + 1, scale);
    int j = 0;
    for (; j + LANES.length() <= width; j += LANES.length()) {
      FloatVector normal = load(x, at + j).sub(mean).mul(scale);
      normal
          .fma(load(affine.gain(), j), load(affine.bias(), j))
          .intoMemorySegment(y, (at + j) << 2, ORDER);
    }
    for (; j < width; j++) {
      float normal = (x.getAtIndex(JAVA_FLOAT, at + j) - mean) * scale;
      float gain = affine.gain().getAtIndex(JAVA_FLOAT, j);
      float bias = affine.bias().getAtIndex(JAVA_FLOAT, j);
      y.setAtIndex(JAVA_FLOAT, at + j, Math.fma(normal, gain, bias));
    }
  }

  /** dx[row] += scale (d - mean(d) - n mean(d n)), with n the normalised row and d = dy gain. */
  static void backwardRow(
      int width,
      Normalised saved,
      MemorySegment gain,
      MemorySegment dy,
      MemorySegment dx,
      int row) {
    long at = (long) row * width;
    MemorySegment x = saved.input();
    float mean = saved.statistics().getAtIndex(JAVA_FLOAT, 2L * row);
    float scale = saved.statistics().getAtIndex(JAVA_FLOAT, 2L * row + 1);
    float meanD = Reductions.dot(dy, at, gain, 0, width) / width;
    float meanDn = weightedDot(x, dy, at, gain, width, mean) * scale / width;
    int j = 0;
    for (; j + LANES.length() <= width; j += LANES.length()) {
      FloatVector normal = load(x, at + j).sub(mean).mul(scale);
      FloatVector d = load(dy, at + j).mul(load(gain, j));
      FloatVector part = d.sub(meanD).sub(normal.mul(meanDn)).mul(scale);
      load(dx, at + j).add(part).intoMemorySegment(dx, (at + j) << 2, ORDER);
    }
    for (; j < width; j++) {
      float normal = (x.getAtIndex(JAVA_FLOAT, at + j) - mean) * scale;
      float d = dy.getAtIndex(JAVA_FLOAT, at + j) * gain.getAtIndex(JAVA_FLOAT, j);
      float part = (d - meanD - normal * meanDn) * scale;
      dx.setAtIndex(JAVA_FLOAT, at + j, dx.getAtIndex(JAVA_FLOAT, at + j) + part);
    }
  }

  /**
   * Sum of (x - mean) gain dy over a row; two vectors of running sums are enough for its length.
   */
  private static float weightedDot(
      MemorySegment x, MemorySegment dy, long at, MemorySegment gain, int width, float mean) {
    FloatVector s0 = FloatVector.zero(QUAD);
    FloatVector s1 = s0;
    int body = width - width % 8;
    for (int j = 0; j < body; j += 8) {
      FloatVector w0 = quad(dy, at + j).mul(quad(gain, j));
      FloatVector w1 = quad(dy, at + j + 4).mul(quad(gain, j + 4L));
      s0 = quad(x, at + j).sub(mean).fma(w0, s0);
      s1 = quad(x, at + j + 4).sub(mean).fma(w1, s1);
    }
    FloatVector s = s0.add(s1);
    float total = (s.lane(0) + s.lane(1)) + (s.lane(2) + s.lane(3));
    for (int j = body; j < width; j++) {
      float weight = dy.getAtIndex(JAVA_FLOAT, at + j) * gain.getAtIndex(JAVA_FLOAT, j);
      total = Math.fma(x.getAtIndex(JAVA_FLOAT, at + j) - mean, weight, total);
    }
    return total;
  }

  /** Gradients of gain and bias in columns [from, to). */
  static void backwardColumns(
      Rows shape, Normalised saved, MemorySegment dy, Affine gradient, int from, int to) {
    int j = from;
    for (; j + LANES.length() <= to; j += LANES.length()) {
      FloatVector gain = FloatVector.zero(LANES);
      FloatVector bias = gain;
      for (int row = 0; row < shape.rows(); row++) {
        long at = (long) row * shape.width() + j;
        float mean = saved.statistics().getAtIndex(JAVA_FLOAT, 2L * row);
        float scale = saved.statistics().getAtIndex(JAVA_FLOAT, 2L * row + 1);
        FloatVector d = load(dy, at);
        gain = load(saved.input(), at).sub(mean).mul(scale).fma(d, gain);
        bias = bias.add(d);
      }
      gain.intoMemorySegment(gradient.gain(), (long) j << 2, ORDER);
      bias.intoMemorySegment(gradient.bias(), (long) j << 2, ORDER);
    }
    for (; j < to; j++) {
      float gain = 0;
      float bias = 0;
      for (int row = 0; row < shape.rows(); row++) {
        long at = (long) row * shape.width() + j;
        float mean = saved.statistics().getAtIndex(JAVA_FLOAT, 2L * row);
        float scale = saved.statistics().getAtIndex(JAVA_FLOAT, 2L * row + 1);
        float d = dy.getAtIndex(JAVA_FLOAT, at);
        float normal = (saved.input().getAtIndex(JAVA_FLOAT, at) - mean) * scale;
        gain = Math.fma(normal, d, gain);
        bias += d;
      }
      gradient.gain().setAtIndex(JAVA_FLOAT, j, gain);
      gradient.bias().setAtIndex(JAVA_FLOAT, j, bias);
    }
  }

  /** Sums of x down columns [from, to), in the order of the rows. */
  static void sumColumns(Rows shape, MemorySegment x, MemorySegment sums, int from, int to) {
    int j = from;
    for (; j + LANES.length() <= to; j += LANES.length()) {
      FloatVector sum = FloatVector.zero(LANES);
      for (int row = 0; row < shape.rows(); row++) {
        sum = sum.add(load(x, (long) row * shape.width() + j));
      }
      sum.intoMemorySegment(sums, (long) j << 2, ORDER);
    }
    for (; j < to; j++) {
      float sum = 0;
      for (int row = 0; row < shape.rows(); row++) {
        sum += x.getAtIndex(JAVA_FLOAT, (long) row * shape.width() + j);
      }
      sums.setAtIndex(JAVA_FLOAT, j, sum);
    }
  }

  private static FloatVector load(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(LANES, x, at << 2, ORDER);
  }

  private static FloatVector quad(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(QUAD, x, at << 2, ORDER);
  }
}
