package dev.sampo.device.cpu;

import dev.sampo.device.CachedShape;
import dev.sampo.device.EmbeddingShape;
import dev.sampo.device.GroupedShape;
import dev.sampo.device.Normalised;
import dev.sampo.device.Precision;
import dev.sampo.device.RmsShape;
import dev.sampo.device.RotaryKernels;
import dev.sampo.device.RotaryShape;
import dev.sampo.device.Rows;
import java.lang.foreign.MemorySegment;

/** {@link RotaryKernels} on a CPU device's threads, under its rule of one user at a time. */
final class CpuRotaryKernels implements RotaryKernels {
  private final CpuDevice device;
  private final WorkerPool pool;
  private final Split split;
  private final ColumnSums columnSums;
  private final Precision precision;
  private final OperandCheck operands;

  CpuRotaryKernels(
      CpuDevice device,
      WorkerPool pool,
      Split split,
      ColumnSums columnSums,
      OperandCheck operands) {
    this.device = device;
    this.pool = pool;
    this.split = split;
    this.columnSums = columnSums;
    this.operands = operands;
    precision = device.precision();
  }

  @Override
  public void rmsNorm(
      RmsShape shape, MemorySegment x, MemorySegment gain, MemorySegment y, MemorySegment scales) {
    Rows rows = shape.rows();
    operands.check("x", x, rows.elements());
    operands.check("gain", gain, rows.width());
    operands.checkActivations("y", y, rows.elements());
    operands.check("scales", scales, rows.rows());
    int width = rows.width();
    Split.Row one =
        switch (precision) {
          case F32 ->
              (row, line) -> RmsNorm.forward(shape, x, gain, y, (long) row * width, scales, row);
          case BF16 ->
              (row, line) -> {
                RmsNorm.forward(shape, x, gain, line, 0, scales, row);
                Bfloat16.round(line, 0, y, (long) row * width, width);
              };
        };
    device.run(() -> split.rows(rows.rows(), width, one));
  }

  @Override
  public void rmsNormBackward(
      RmsShape shape,
      Normalised saved,
      MemorySegment gain,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dGain) {
    Rows rows = shape.rows();
    operands.check("input", saved.input(), rows.elements());
    operands.check("scales", saved.statistics(), rows.rows());
    operands.check("gain", gain, rows.width());
    operands.check("dy", dy, rows.elements());
    operands.check("dx", dx, rows.elements());
    operands.check("gradient of gain", dGain, rows.width());
    int width = rows.width();
    device.run(
        () -> {
          columnSums.sum(
              rows.rows(),
              width,
              (row, sums, at, line) ->
                  RmsNorm.backwardRow(width, saved, gain, dy, dx, sums, at, row));
          columnSums.fold(rows.rows(), width, 0, width, dGain);
        });
  }

  @Override
  public void rotate(RotaryShape shape, Turn turn, MemorySegment rows, MemorySegment table) {
    operands.checkActivations("rows", rows, (long) shape.rows() * shape.stride());
    int positions = Math.min(shape.rows(), shape.context());
    operands.check("table", table, (long) positions * shape.headWidth());
    int turned = shape.heads() * shape.headWidth();
    Split.Row one =
        switch (precision) {
          case F32 ->
              (row, line) ->
                  Rotary.turn(shape, turn, rows, (long) row * shape.stride(), table, row);
          case BF16 ->
              (row, line) -> {
                long at = (long) row * shape.stride();
                Bfloat16.widen(rows, at, line, 0, turned);
                Rotary.turn(shape, turn, line, 0, table, row);
                Bfloat16.round(line, 0, rows, at, turned);
              };
        };
    device.run(() -> split.rows(shape.rows(), turned, one));
  }

  @Override
  public void siluGate(Rows shape, MemorySegment gateUp, MemorySegment y) {
    operands.checkActivations("gateUp", gateUp, 2 * shape.elements());
    operands.checkActivations("y", y, shape.elements());
    int width = shape.width();
    Split.Row one =
        switch (precision) {
          case F32 ->
              (row, line) ->
                  SiluGate.forward(width, gateUp, 2L * row * width, y, (long) row * width);
          case BF16 ->
              (row, line) -> {
                Bfloat16.widen(gateUp, 2L * row * width, line, 0, 2 * width);
                SiluGate.forward(width, line, 0, line, 2L * width);
                Bfloat16.round(line, 2L * width, y, (long) row * width, width);
              };
        };
    device.run(() -> split.rows(shape.rows(), 3 * width, one));
  }

  @Override
  public void siluGateBackward(
      Rows shape, MemorySegment gateUp, MemorySegment dy, MemorySegment dGateUp) {
    operands.checkActivations("gateUp", gateUp, 2 * shape.elements());
    operands.checkActivations("dy", dy, shape.elements());
    operands.checkActivations("dGateUp", dGateUp, 2 * shape.elements());
    int width = shape.width();
    Split.Row one =
        switch (precision) {
          case F32 ->
              (row, line) -> {
                long gate = 2L * row * width;
                SiluGate.backward(width, gateUp, gate, dy, (long) row * width, dGateUp, gate);
              };
          case BF16 ->
              (row, line) -> {
                long gate = 2L * row * width;
                Bfloat16.widen(gateUp, gate, line, 0, 2 * width);
                Bfloat16.widen(dy, (long) row * width, line, 2L * width, width);
                SiluGate.backward(width, line, 0, line, 2L * width, line, 3L * width);
                Bfloat16.round(line, 3L * width, dGateUp, gate, 2 * width);
              };
        };
    device.run(() -> split.rows(shape.rows(), 5 * width, one));
  }

  @Override
  public void embedTokens(
      EmbeddingShape shape, MemorySegment tokens, MemorySegment table, MemorySegment x) {
    checkEmbedding(shape, tokens, table, x);
    device.run(
        () ->
            split.rows(
                shape.batch() * shape.context(),
                0,
                (row, scratch) -> Embedding.token(shape, tokens, table, x, row)));
  }

  @Override
  public void embedTokensBackward(
      EmbeddingShape shape, MemorySegment tokens, MemorySegment dx, MemorySegment dTable) {
    checkEmbedding(shape, tokens, dTable, dx);
    device.run(
        () ->
            split.columns(
                shape.width(),
                (from, to) ->
                    Embedding.tokenColumns(shape, tokens, dx, dTable, (int) from, (int) to)));
  }

  private void checkEmbedding(
      EmbeddingShape shape, MemorySegment tokens, MemorySegment table, MemorySegment x) {
    long rows = (long) shape.batch() * shape.context();
    operands.check("tokens", tokens, rows);
    operands.check("table", table, (long) shape.vocabulary() * shape.width());
    operands.check("x", x, rows * shape.width());
    Embedding.check(shape, tokens);
  }

  @Override
  public void cachedAttention(
      CachedShape shape, MemorySegment qkv, KeyValues cache, MemorySegment out) {
    GroupedShape heads = shape.heads();
    long room = (long) heads.keyHeads() * shape.capacity() * heads.headWidth();
    operands.checkActivations("qkv", qkv, heads.tokens() * heads.packed());
    operands.checkActivations("keys", cache.keys(), room);
    operands.checkActivations("values", cache.values(), room);
    operands.checkActivations("out", out, heads.tokens() * heads.width());
    CachedAttention attention = new CachedAttention(shape, precision);
    device.run(
        () -> {
          MemorySegment[] scratch = split.scratch(attention.scratchElements());
          pool.run(heads.keyHeads(), (keyHead, worker) -> attention.store(qkv, cache, keyHead));
          pool.run(
              heads.heads(),
              (head, worker) -> attention.attend(qkv, cache, out, head, scratch[worker]));
        });
  }
}
