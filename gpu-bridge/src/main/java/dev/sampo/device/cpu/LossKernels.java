package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.device.Precision;
import dev.sampo.device.Rows;
import java.lang.foreign.MemorySegment;

/**
 * The loss and its gradient on a device's threads, row by row. Called by one thread at a time; a
 * kernel's operands lie in fields until it is done.
 */
final class LossKernels {
  private final Split split;
  private final OperandCheck operands;
  private final Precision precision;
  private final Split.Row lossAndGradient = this::lossAndGradient;
  private final Split.Row lossAlone = this::loss;

  private int width;
  private MemorySegment logits = MemorySegment.NULL;
  private MemorySegment targets = MemorySegment.NULL;
  private MemorySegment losses = MemorySegment.NULL;
  private MemorySegment gradient = MemorySegment.NULL;
  private float factor;

  LossKernels(Split split, OperandCheck operands, Precision precision) {
    this.split = split;
    this.operands = operands;
    this.precision = precision;
  }

  void crossEntropy(
      Rows shape,
      MemorySegment logits,
      MemorySegment targets,
      MemorySegment losses,
      MemorySegment gradient) {
    operands.checkActivations("gradient", gradient, shape.elements());
    take(shape, logits, targets, losses);
    this.gradient = gradient;
    factor = 1f / shape.rows();
    split.rows(shape.rows(), 0, lossAndGradient);
  }

  private void lossAndGradient(int row, MemorySegment line) {
    int target = Softmax.target(targets, row, width);
    float loss = Softmax.lossAndGradient(logits, width, row, target, factor);
    losses.setAtIndex(JAVA_FLOAT, row, loss);
    boolean inPlace = precision == Precision.F32 && gradient.address() == logits.address();
    if (!inPlace) {
      long at = (long) row * width;
      Bfloat16.store(precision, logits, at, gradient, at, width);
    }
  }

  void crossEntropyLoss(
      Rows shape, MemorySegment logits, MemorySegment targets, MemorySegment losses) {
    take(shape, logits, targets, losses);
    split.rows(shape.rows(), width, lossAlone);
  }

  private void loss(int row, MemorySegment line) {
    int target = Softmax.target(targets, row, width);
    losses.setAtIndex(JAVA_FLOAT, row, Softmax.loss(logits, width, row, target, line));
  }

  private void take(Rows shape, MemorySegment logits, MemorySegment targets, MemorySegment losses) {
    operands.checkLoss(shape, logits, targets, losses);
    width = shape.width();
    this.logits = logits;
    this.targets = targets;
    this.losses = losses;
  }
}
