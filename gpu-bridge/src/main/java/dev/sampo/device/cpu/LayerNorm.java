package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.device.Device;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Layer norm, row by row. Rows stand alone in the forward pass and in the gradient at the input; to
 * the gradients of gain and bias each row adds its part.
 */
final class LayerNorm {
  // Vectors are loaded in place: a method of ours in between is inlined only while the compiler's
  // budget lasts, which the sums before use up, and vectors that pass through a call are objects.
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private LayerNorm() {}

  static void forward(
      int width,
      MemorySegment x,
      MemorySegment gains,
      MemorySegment biases,
      MemorySegment y,
      long atY,
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
      FloatVector normal =
          FloatVector.fromMemorySegment(LANES, x, (at + j) << 2, ORDER).sub(mean).mul(scale);
      normal
          .fma(
              FloatVector.fromMemorySegment(LANES, gains, (long) j << 2, ORDER),
              FloatVector.fromMemorySegment(LANES, biases, (long) j << 2, ORDER))
          .intoMemorySegment(y, (atY + j) << 2, ORDER);
    }
    for (; j < width; j++) {
      float normal = (x.getAtIndex(JAVA_FLOAT, at + j) - mean) * scale;
      float gain = gains.getAtIndex(JAVA_FLOAT, j);
      float bias = biases.getAtIndex(JAVA_FLOAT, j);
      y.setAtIndex(JAVA_FLOAT, atY + j, Math.fma(normal, gain, bias));
    }
  }

  /**
   * dx[row] += scale (d - mean(d) - n mean(d n)), with n the normalised row and d = dy gain.
   *
   * @param sums from {@code atSums} on n dy is added to the first width elements, dy to the next
   */
  static void backwardRow(
      int width,
      MemorySegment x,
      MemorySegment statistics,
      MemorySegment gain,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment sums,
      long atSums,
      int row) {
    long at = (long) row * width;
    float mean = statistics.getAtIndex(JAVA_FLOAT, 2L * row);
    float scale = statistics.getAtIndex(JAVA_FLOAT, 2L * row + 1);
    float meanD = Reductions.dot(dy, at, gain, 0, width) / width;
    float meanDn = Reductions.weightedDot(x, mean, dy, at, gain, width) * scale / width;
    int j = 0;
    for (; j + LANES.length() <= width; j += LANES.length()) {
      FloatVector normal =
          FloatVector.fromMemorySegment(LANES, x, (at + j) << 2, ORDER).sub(mean).mul(scale);
      FloatVector g = FloatVector.fromMemorySegment(LANES, dy, (at + j) << 2, ORDER);
      normal
          .fma(g, FloatVector.fromMemorySegment(LANES, sums, (atSums + j) << 2, ORDER))
          .intoMemorySegment(sums, (atSums + j) << 2, ORDER);
      FloatVector.fromMemorySegment(LANES, sums, (atSums + width + j) << 2, ORDER)
          .add(g)
          .intoMemorySegment(sums, (atSums + width + j) << 2, ORDER);
      FloatVector d = g.mul(FloatVector.fromMemorySegment(LANES, gain, (long) j << 2, ORDER));
      FloatVector part = d.sub(meanD).sub(normal.mul(meanDn)).mul(scale);
      FloatVector.fromMemorySegment(LANES, dx, (at + j) << 2, ORDER)
          .add(part)
          .intoMemorySegment(dx, (at + j) << 2, ORDER);
    }
    for (; j < width; j++) {
      float normal = (x.getAtIndex(JAVA_FLOAT, at + j) - mean) * scale;
      float g = dy.getAtIndex(JAVA_FLOAT, at + j);
      float gainSum = sums.getAtIndex(JAVA_FLOAT, atSums + j);
      sums.setAtIndex(JAVA_FLOAT, atSums + j, Math.fma(normal, g, gainSum));
      float biasSum = sums.getAtIndex(JAVA_FLOAT, atSums + width + j);
      sums.setAtIndex(JAVA_FLOAT, atSums + width + j, biasSum + g);
      float d = g * gain.getAtIndex(JAVA_FLOAT, j);
      float part = (d - meanD - normal * meanDn) * scale;
      dx.setAtIndex(JAVA_FLOAT, at + j, dx.getAtIndex(JAVA_FLOAT, at + j) + part);
    }
  }
}
