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
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/** {@link RotaryKernels} on a CPU device's threads, under its rule of one user at a time. */
final class CpuRotaryKernels implements RotaryKernels {
  private final CpuDevice device;
  private final WorkerPool pool;
  private final Split split;
  private final Gemm gemm;
  private final Arena arena;
  private final OperandCheck operands;
  private final Map<GroupedShape, GroupedAttentionPlan> plans = new HashMap<>();

  CpuRotaryKernels(CpuDevice device, WorkerPool pool, Split split, Gemm gemm, Arena arena) {
    this.device = device;
    this.pool = pool;
    this.split = split;
    this.gemm = gemm;
    this.arena = arena;
    this.operands = new OperandCheck(pool, Precision.F32);
  }

  @Override
  public void rmsNorm(
      RmsShape shape, MemorySegment x, MemorySegment gain, MemorySegment y, MemorySegment scales) {
    Rows rows = shape.rows();
    operands.check("x", x, rows.elements());
    operands.check("gain", gain, rows.width());
    operands.check("y", y, rows.elements());
    operands.check("scales", scales, rows.rows());
    device.run(
        () ->
            split.rows(
                rows.rows(), 0, (row, scratch) -> RmsNorm.forward(shape, x, gain, y, scales, row)));
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
    device.run(
        () ->
            split.rows(
                rows.rows(),
                0,
                (row, scratch) -> RmsNorm.backwardRow(rows.width(), saved, gain, dy, dx, row)));
    device.run(
        () ->
            split.columns(
                rows.width(),
                (from, to) ->
                    RmsNorm.backwardColumns(shape, saved, dy, dGain, (int) from, (int) to)));
  }

  @Override
  public void rotate(RotaryShape shape, Turn turn, MemorySegment rows, MemorySegment table) {
    operands.check("rows", rows, (long) shape.rows() * shape.stride());
    int positions = Math.min(shape.rows(), shape.context());
    operands.check("table", table, (long) positions * shape.headWidth());
    device.run(
        () ->
            split.rows(
                shape.rows(), 0, (row, scratch) -> Rotary.turn(shape, turn, rows, table, row)));
  }

  @Override
  public void groupedAttention(GroupedShape shape, MemorySegment qkv, MemorySegment out) {
    operands.check("qkv", qkv, shape.tokens() * shape.packed());
    operands.check("out", out, shape.tokens() * shape.width());
    device.run(
        () -> {
          GroupedAttentionPlan plan = plan(shape);
          pool.run(plan.forwardParts(), (part, worker) -> plan.forward(part, worker, qkv, out));
        });
  }

  @Override
  public void groupedAttentionBackward(
      GroupedShape shape, MemorySegment qkv, MemorySegment dOut, MemorySegment dQkv) {
    operands.check("qkv", qkv, shape.tokens() * shape.packed());
    operands.check("dOut", dOut, shape.tokens() * shape.width());
    operands.check("dQkv", dQkv, shape.tokens() * shape.packed());
    device.run(
        () -> {
          GroupedAttentionPlan plan = plan(shape);
          pool.run(
              plan.backwardParts(), (part, worker) -> plan.backward(part, worker, qkv, dOut, dQkv));
        });
  }

  private GroupedAttentionPlan plan(GroupedShape shape) {
    return plans.computeIfAbsent(
        shape, wanted -> GroupedAttentionPlan.prepare(wanted, gemm, pool.threads(), arena));
  }

  @Override
  public void siluGate(Rows shape, MemorySegment gateUp, MemorySegment y) {
    operands.check("gateUp", gateUp, 2 * shape.elements());
    operands.check("y", y, shape.elements());
    device.run(
        () ->
            split.rows(
                shape.rows(),
                0,
                (row, scratch) -> SiluGate.forward(shape.width(), gateUp, y, row)));
  }

  @Override
  public void siluGateBackward(
      Rows shape, MemorySegment gateUp, MemorySegment dy, MemorySegment dGateUp) {
    operands.check("gateUp", gateUp, 2 * shape.elements());
    operands.check("dy", dy, shape.elements());
    operands.check("dGateUp", dGateUp, 2 * shape.elements());
    device.run(
        () ->
            split.rows(
                shape.rows(),
                0,
                (row, scratch) -> SiluGate.backward(shape.width(), gateUp, dy, dGateUp, row)));
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
    operands.check("qkv", qkv, heads.tokens() * heads.packed());
    operands.check("keys", cache.keys(), room);
    operands.check("values", cache.values(), room);
    operands.check("out", out, heads.tokens() * heads.width());
    device.run(
        () -> {
          MemorySegment[] scratch = split.scratch(shape.capacity());
          pool.run(
              heads.keyHeads(),
              (keyHead, worker) -> CachedAttention.store(shape, qkv, cache, keyHead));
          pool.run(
              heads.heads(),
              (head, worker) ->
                  CachedAttention.attend(shape, qkv, cache, out, head, scratch[worker]));
        });
  }
}
