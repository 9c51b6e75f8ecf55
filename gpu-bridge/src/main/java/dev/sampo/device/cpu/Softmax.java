package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Softmax rows: those of causal attention and those of the loss. Rows stand alone. */
final class Softmax {
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private Softmax() {}

  /**
   * Turns the first {@code seen} elements of a row of scores into e^((s - largest) scale), in
   * place, and the others up to {@code length} into zero.
   *
   * @return how many elements from the start hold all that is not zero: whole blocks of {@link
   *     Reductions#BLOCK} where the row is long enough, so that the order of their sum does not
   *     follow {@code seen}
   */
  static int exponentials(
      MemorySegment row, long at, int seen, int length, float largest, float scale) {
    int blocks = (seen + Reductions.BLOCK - 1) / Reductions.BLOCK * Reductions.BLOCK;
    int worked = Math.min(blocks, length);
    Exponential.apply(row, at, worked, largest, scale);
    for (int j = seen; j < worked; j++) {
      row.setAtIndex(JAVA_FLOAT, at + j, 0f);
    }
    Elementwise.zero(row, at + worked, length - worked);
    return worked;
  }

  /**
   * Turns a row of scores into weights, in place: softmax(scale score) over the first {@code seen}
   * elements, zero in the others up to {@code length}.
   */
  static void causal(MemorySegment row, long at, int seen, int length, float scale) {
    float largest = Reductions.max(row, at, seen);
    int worked = exponentials(row, at, seen, length, largest, scale);
    Elementwise.scale(row, at, worked, 1f / Reductions.sum(row, at, worked));
  }

  /**
   * Loss of one row of logits in nats; {@code scratch} (width) is overwritten, the logits are not.
   */
  static float loss(MemorySegment logits, int width, int row, int target, MemorySegment scratch) {
    long bytes = (long) width * Float.BYTES;
    MemorySegment.copy(logits, row * bytes, scratch, 0, bytes);
    return lossAndGradient(scratch, width, 0, target, 1f);
  }

  /** Loss of one row of logits; the row becomes (softmax - onehot(target)) times {@code factor}. */
  static float lossAndGradient(MemorySegment logits, int width, int row, int target, float factor) {
    long at = (long) row * width;
    float largest = Reductions.max(logits, at, width);
    float ofTarget = logits.getAtIndex(JAVA_FLOAT, at + target) - largest;
    Exponential.apply(logits, at, width, largest, 1f);
    float sum = Reductions.sum(logits, at, width);
    Elementwise.scale(logits, at, width, factor / sum);
    float gradient = logits.getAtIndex(JAVA_FLOAT, at + target) - factor;
    logits.setAtIndex(JAVA_FLOAT, at + target, gradient);
    return lossOf(ofTarget, sum);
  }

  private static float lossOf(float shiftedTarget, float sum) {
    return (float) (StrictMath.log(sum) - shiftedTarget);
  }

  /**
   * dS[row] = w (dW - mean) scale, in place of dW, with mean the whole row's sum of w dW; w is zero
   * in what a token does not see.
   */
  static void backward(
      MemorySegment weights,
      long atWeights,
      MemorySegment d,
      long atD,
      int length,
      float mean,
      float scale) {
    int j = 0;
    for (; j + LANES.length() <= length; j += LANES.length()) {
      FloatVector v = load(d, atD + j).sub(mean).mul(load(weights, atWeights + j)).mul(scale);
      v.intoMemorySegment(d, (atD + j) << 2, ORDER);
    }
    for (; j < length; j++) {
      float v = d.getAtIndex(JAVA_FLOAT, atD + j) - mean;
      float w = weights.getAtIndex(JAVA_FLOAT, atWeights + j);
      d.setAtIndex(JAVA_FLOAT, atD + j, v * w * scale);
    }
  }

  static int target(MemorySegment targets, int row, int width) {
    int target = targets.getAtIndex(JAVA_INT, row);
    if (target < 0 || target >= width) {
      throw new IllegalArgumentException(
          "a target lies in the vocabulary: row=%d, target=%d, vocabulary=%d"
              .formatted(row, target, width));
    }
    return target;
  }

  private static FloatVector load(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(LANES, x, at << 2, ORDER);
  }
}
