package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.device.Affine;
import dev.sampo.device.Normalised;
import dev.sampo.device.Precision;
import dev.sampo.device.Rows;
import java.lang.foreign.MemorySegment;

/** Layer norm and the loss on a device's threads: kernels whose parts are rows. */
final class RowwiseKernels {
  private final Split split;
  private final ColumnSums columnSums;
  private final OperandCheck operands;
  private final Precision precision;

  RowwiseKernels(Split split, ColumnSums columnSums, OperandCheck operands, Precision precision) {
    this.split = split;
    this.columnSums = columnSums;
    this.operands = operands;
    this.precision = precision;
  }

  void layerNorm(
      Rows shape, MemorySegment x, Affine affine, MemorySegment y, MemorySegment statistics) {
    int width = shape.width();
    operands.check("x", x, shape.elements());
    operands.check("gain", affine.gain(), width);
    operands.check("bias", affine.bias(), width);
    operands.checkActivations("y", y, shape.elements());
    operands.check("statistics", statistics, 2L * shape.rows());
    Split.Row row =
        switch (precision) {
          case F32 ->
              (i, line) -> LayerNorm.forward(width, x, affine, y, (long) i * width, statistics, i);
          case BF16 ->
              (i, line) -> {
                LayerNorm.forward(width, x, affine, line, 0, statistics, i);
                Bfloat16.round(line, 0, y, (long) i * width, width);
              };
        };
    split.rows(shape.rows(), width, row);
  }

  void layerNormBackward(
      Rows shape,
      Normalised saved,
      MemorySegment gain,
      MemorySegment dy,
      MemorySegment dx,
      Affine gradient) {
    int width = shape.width();
    operands.check("input", saved.input(), shape.elements());
    operands.check("statistics", saved.statistics(), 2L * shape.rows());
    operands.check("gain", gain, width);
    operands.check("dy", dy, shape.elements());
    operands.check("dx", dx, shape.elements());
    operands.check("gradient of gain", gradient.gain(), width);
    operands.check("gradient of bias", gradient.bias(), width);
    columnSums.sum(
        shape.rows(),
        2 * width,
        (row, sums, at, line) -> LayerNorm.backwardRow(width, saved, gain, dy, dx, sums, at, row));
    columnSums.fold(shape.rows(), 2 * width, 0, width, gradient.gain());
    columnSums.fold(shape.rows(), 2 * width, width, width, gradient.bias());
  }

  void crossEntropy(
      Rows shape,
      MemorySegment logits,
      MemorySegment targets,
      MemorySegment losses,
      MemorySegment gradient) {
    operands.checkLoss(shape, logits, targets, losses);
    operands.checkActivations("gradient", gradient, shape.elements());
    float factor = 1f / shape.rows();
    int width = shape.width();
    boolean inPlace = precision == Precision.F32 && gradient.address() == logits.address();
    split.rows(
        shape.rows(),
        0,
        (row, line) -> {
          int target = Softmax.target(targets, row, width);
          float loss = Softmax.lossAndGradient(logits, width, row, target, factor);
          losses.setAtIndex(JAVA_FLOAT, row, loss);
          if (!inPlace) {
            long at = (long) row * width;
            Bfloat16.store(precision, logits, at, gradient, at, width);
          }
        });
  }

  void crossEntropyLoss(
      Rows shape, MemorySegment logits, MemorySegment targets, MemorySegment losses) {
    operands.checkLoss(shape, logits, targets, losses);
    int width = shape.width();
    split.rows(
        shape.rows(),
        width,
        (row, line) -> {
          int target = Softmax.target(targets, row, width);
          float loss = Softmax.loss(logits, width, row, target, line);
          losses.setAtIndex(JAVA_FLOAT, row, loss);
        });
  }
}
