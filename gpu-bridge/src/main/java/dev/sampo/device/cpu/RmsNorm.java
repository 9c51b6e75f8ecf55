package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * RMS norm, row by row. Rows stand alone in the forward pass and in the gradient at the input; to
 * the gradient of the gain each row adds its part.
 */
final class RmsNorm {
  // Vectors are loaded in place, for the reason that is told in LayerNorm.
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private RmsNorm() {}

  static void forward(
      int width,
      float epsilon,
      MemorySegment x,
      MemorySegment gain,
      MemorySegment y,
      long atY,
      MemorySegment scales,
      int row) {
    long at = (long) row * width;
    float square = Reductions.dot(x, at, x, at, width) / width;
    // Math.sqrt of a float, rounded to float, is the correctly rounded float root.
    float scale = 1f / (float) Math.sqrt(square + epsilon);
    scales.setAtIndex(JAVA_FLOAT, row, scale);
    int j = 0;
    for (; j + LANES.length() <= width; j += LANES.length()) {
      FloatVector normal = FloatVector.fromMemorySegment(LANES, x, (at + j) << 2, ORDER).mul(scale);
      normal
          .mul(FloatVector.fromMemorySegment(LANES, gain, (long) j << 2, ORDER))
          .intoMemorySegment(y, (atY + j) << 2, ORDER);
    }
    for (; j < width; j++) {
      float normal = x.getAtIndex(JAVA_FLOAT, at + j) * scale;
      y.setAtIndex(JAVA_FLOAT, atY + j, normal * gain.getAtIndex(JAVA_FLOAT, j));
    }
  }

  /**
   * dx[row] += scale (d - n mean(d n)), with n the normalised row and d = dy gain.
   *
   * @param sums from {@code atSums} on n dy is added
   */
  static void backwardRow(
      int width,
      MemorySegment x,
      MemorySegment scales,
      MemorySegment gain,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment sums,
      long atSums,
      int row) {
    long at = (long) row * width;
    float scale = scales.getAtIndex(JAVA_FLOAT, row);
    float meanDn = Reductions.weightedDot(x, 0f, dy, at, gain, width) * scale / width;
    int j = 0;
    for (; j + LANES.length() <= width; j += LANES.length()) {
      FloatVector normal = FloatVector.fromMemorySegment(LANES, x, (at + j) << 2, ORDER).mul(scale);
      FloatVector g = FloatVector.fromMemorySegment(LANES, dy, (at + j) << 2, ORDER);
      normal
          .fma(g, FloatVector.fromMemorySegment(LANES, sums, (atSums + j) << 2, ORDER))
          .intoMemorySegment(sums, (atSums + j) << 2, ORDER);
      FloatVector d = g.mul(FloatVector.fromMemorySegment(LANES, gain, (long) j << 2, ORDER));
      FloatVector part = d.sub(normal.mul(meanDn)).mul(scale);
      FloatVector.fromMemorySegment(LANES, dx, (at + j) << 2, ORDER)
          .add(part)
          .intoMemorySegment(dx, (at + j) << 2, ORDER);
    }
    for (; j < width; j++) {
      float normal = x.getAtIndex(JAVA_FLOAT, at + j) * scale;
      float g = dy.getAtIndex(JAVA_FLOAT, at + j);
      float gainSum = sums.getAtIndex(JAVA_FLOAT, atSums + j);
      sums.setAtIndex(JAVA_FLOAT, atSums + j, Math.fma(normal, g, gainSum));
      float d = g * gain.getAtIndex(JAVA_FLOAT, j);
      float part = (d - normal * meanDn) * scale;
      dx.setAtIndex(JAVA_FLOAT, at + j, dx.getAtIndex(JAVA_FLOAT, at + j) + part);
    }
  }
}
