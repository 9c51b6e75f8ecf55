package dev.sampo.device.cpu;

import dev.sampo.device.Affine;
import dev.sampo.device.Normalised;
import dev.sampo.device.Precision;
import dev.sampo.device.RmsShape;
import dev.sampo.device.Rows;
import java.lang.foreign.MemorySegment;

/**
 * Layer norm and RMS norm on a device's threads, row by row. Called by one thread at a time; a
 * kernel's operands lie in fields until it is done.
 */
final class NormKernels {
  private static final MemorySegment NONE = MemorySegment.NULL;

  private final Split split;
  private final ColumnSums columnSums;
  private final OperandCheck operands;
  private final Split.Row layerNorm;
  private final Split.Row rmsNorm;
  private final ColumnSums.RowSum layerNormGradient = this::layerNormGradient;
  private final ColumnSums.RowSum rmsNormGradient = this::rmsNormGradient;

  private int width;
  private float epsilon;
  private MemorySegment x = NONE;
  private MemorySegment gain = NONE;
  private MemorySegment bias = NONE;
  private MemorySegment y = NONE;
  private MemorySegment statistics = NONE;
  private MemorySegment dy = NONE;
  private MemorySegment dx = NONE;

  NormKernels(Split split, ColumnSums columnSums, OperandCheck operands, Precision precision) {
    this.split = split;
    this.columnSums = columnSums;
    this.operands = operands;
    boolean full = precision == Precision.F32;
    layerNorm = full ? this::layerNorm : this::layerNormRounded;
    rmsNorm = full ? this::rmsNorm : this::rmsNormRounded;
  }

  void layerNorm(
      Rows shape, MemorySegment x, Affine affine, MemorySegment y, MemorySegment statistics) {
    operands.check("bias", affine.bias(), shape.width());
    operands.check("statistics", statistics, 2L * shape.rows());
    bias = affine.bias();
    forward(shape, x, affine.gain(), y, statistics, layerNorm);
  }

  private void layerNorm(int row, MemorySegment line) {
    LayerNorm.forward(width, x, gain, bias, y, (long) row * width, statistics, row);
  }

  private void layerNormRounded(int row, MemorySegment line) {
    LayerNorm.forward(width, x, gain, bias, line, 0, statistics, row);
    Bfloat16.round(line, 0, y, (long) row * width, width);
  }

  void rmsNorm(
      RmsShape shape, MemorySegment x, MemorySegment gain, MemorySegment y, MemorySegment scales) {
    operands.check("scales", scales, shape.rows().rows());
    epsilon = shape.epsilon();
    forward(shape.rows(), x, gain, y, scales, rmsNorm);
  }

  private void rmsNorm(int row, MemorySegment line) {
    RmsNorm.forward(width, epsilon, x, gain, y, (long) row * width, statistics, row);
  }

  private void rmsNormRounded(int row, MemorySegment line) {
    RmsNorm.forward(width, epsilon, x, gain, line, 0, statistics, row);
    Bfloat16.round(line, 0, y, (long) row * width, width);
  }

  private void forward(
      Rows shape,
      MemorySegment x,
      MemorySegment gain,
      MemorySegment y,
      MemorySegment statistics,
      Split.Row norm) {
    width = shape.width();
    operands.check("x", x, shape.elements());
    operands.check("gain", gain, width);
    operands.checkActivations("y", y, shape.elements());
    this.x = x;
    this.gain = gain;
    this.y = y;
    this.statistics = statistics;
    split.rows(shape.rows(), width, norm);
  }

  void layerNormBackward(
      Rows shape,
      Normalised saved,
      MemorySegment gain,
      MemorySegment dy,
      MemorySegment dx,
      Affine gradient) {
    operands.check("statistics", saved.statistics(), 2L * shape.rows());
    operands.check("gradient of gain", gradient.gain(), shape.width());
    operands.check("gradient of bias", gradient.bias(), shape.width());
    takeBackward(shape, saved, gain, dy, dx);
    columnSums.sum(shape.rows(), 2 * width, layerNormGradient);
    columnSums.fold(0, width, gradient.gain());
    columnSums.fold(width, width, gradient.bias());
  }

  private void layerNormGradient(int row, MemorySegment sums, long at, MemorySegment line) {
    LayerNorm.backwardRow(width, x, statistics, gain, dy, dx, sums, at, row);
  }

  void rmsNormBackward(
      RmsShape shape,
      Normalised saved,
      MemorySegment gain,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dGain) {
    Rows rows = shape.rows();
    operands.check("scales", saved.statistics(), rows.rows());
    operands.check("gradient of gain", dGain, rows.width());
    takeBackward(rows, saved, gain, dy, dx);
    columnSums.sum(rows.rows(), width, rmsNormGradient);
    columnSums.fold(0, width, dGain);
  }

  private void rmsNormGradient(int row, MemorySegment sums, long at, MemorySegment line) {
    RmsNorm.backwardRow(width, x, statistics, gain, dy, dx, sums, at, row);
  }

  private void takeBackward(
      Rows shape, Normalised saved, MemorySegment gain, MemorySegment dy, MemorySegment dx) {
    width = shape.width();
    operands.check("input", saved.input(), shape.elements());
    operands.check("gain", gain, width);
    operands.check("dy", dy, shape.elements());
    operands.check("dx", dx, shape.elements());
    x = saved.input();
    statistics = saved.statistics();
    this.gain = gain;
    this.dy = dy;
    this.dx = dx;
  }
}
