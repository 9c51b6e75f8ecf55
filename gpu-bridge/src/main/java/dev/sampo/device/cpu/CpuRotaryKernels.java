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
  private static final MemorySegment NONE = MemorySegment.NULL;

  private final CpuDevice device;
  private final WorkerPool pool;
  private final Split split;
  private final NormKernels norms;
  private final EmbeddingKernels embeddings;
  private final OperandCheck operands;
  private final Precision precision;
  private final Split.Row turning;
  private final Split.Row gating;
  private final Split.Row gateGradient;

  private RotaryShape rotary = new RotaryShape(1, 1, 1, 2, 2);
  private Turn turn = Turn.FORWARD;
  private MemorySegment turned = NONE;
  private MemorySegment table = NONE;

  private int width;
  private MemorySegment gateUp = NONE;
  private MemorySegment y = NONE; // or the gradient there
  private MemorySegment dGateUp = NONE;

  CpuRotaryKernels(
      CpuDevice device,
      WorkerPool pool,
      Split split,
      NormKernels norms,
      EmbeddingKernels embeddings,
      OperandCheck operands) {
    this.device = device;
    this.pool = pool;
    this.split = split;
    this.norms = norms;
    this.embeddings = embeddings;
    this.operands = operands;
    precision = device.precision();
    boolean full = precision == Precision.F32;
    turning = full ? this::turn : this::turnRounded;
    gating = full ? this::gate : this::gateRounded;
    gateGradient = full ? this::gateGradient : this::gateGradientRounded;
  }

  @Override
  public void rmsNorm(
      RmsShape shape, MemorySegment x, MemorySegment gain, MemorySegment y, MemorySegment scales) {
    try (var _ = device.use()) {
      norms.rmsNorm(shape, x, gain, y, scales);
    }
  }

  @Override
  public void rmsNormBackward(
      RmsShape shape,
      Normalised saved,
      MemorySegment gain,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dGain) {
    try (var _ = device.use()) {
      norms.rmsNormBackward(shape, saved, gain, dy, dx, dGain);
    }
  }

  @Override
  public void rotate(RotaryShape shape, Turn turn, MemorySegment rows, MemorySegment table) {
    operands.checkActivations("rows", rows, (long) shape.rows() * shape.stride());
    int positions = Math.min(shape.rows(), shape.context());
    operands.check("table", table, (long) positions * shape.headWidth());
    try (var _ = device.use()) {
      rotary = shape;
      this.turn = turn;
      turned = rows;
      this.table = table;
      split.rows(shape.rows(), shape.heads() * shape.headWidth(), turning);
    }
  }

  private void turn(int row, MemorySegment line) {
    Rotary.turn(rotary, turn, turned, (long) row * rotary.stride(), table, row);
  }

  private void turnRounded(int row, MemorySegment line) {
    long at = (long) row * rotary.stride();
    int length = rotary.heads() * rotary.headWidth();
    Bfloat16.widen(turned, at, line, 0, length);
    Rotary.turn(rotary, turn, line, 0, table, row);
    Bfloat16.round(line, 0, turned, at, length);
  }

  @Override
  public void siluGate(Rows shape, MemorySegment gateUp, MemorySegment y) {
    operands.checkActivations("gateUp", gateUp, 2 * shape.elements());
    operands.checkActivations("y", y, shape.elements());
    try (var _ = device.use()) {
      width = shape.width();
      this.gateUp = gateUp;
      this.y = y;
      split.rows(shape.rows(), 3 * width, gating);
    }
  }

  private void gate(int row, MemorySegment line) {
    SiluGate.forward(width, gateUp, 2L * row * width, y, (long) row * width);
  }

  private void gateRounded(int row, MemorySegment line) {
    Bfloat16.widen(gateUp, 2L * row * width, line, 0, 2 * width);
    SiluGate.forward(width, line, 0, line, 2L * width);
    Bfloat16.round(line, 2L * width, y, (long) row * width, width);
  }

  @Override
  public void siluGateBackward(
      Rows shape, MemorySegment gateUp, MemorySegment dy, MemorySegment dGateUp) {
    operands.checkActivations("gateUp", gateUp, 2 * shape.elements());
    operands.checkActivations("dy", dy, shape.elements());
    operands.checkActivations("dGateUp", dGateUp, 2 * shape.elements());
    try (var _ = device.use()) {
      width = shape.width();
      this.gateUp = gateUp;
      y = dy;
      this.dGateUp = dGateUp;
      split.rows(shape.rows(), 5 * width, gateGradient);
    }
  }

  private void gateGradient(int row, MemorySegment line) {
    long gate = 2L * row * width;
    SiluGate.backward(width, gateUp, gate, y, (long) row * width, dGateUp, gate);
  }

  private void gateGradientRounded(int row, MemorySegment line) {
    long gate = 2L * row * width;
    Bfloat16.widen(gateUp, gate, line, 0, 2 * width);
    Bfloat16.widen(y, (long) row * width, line, 2L * width, width);
    SiluGate.backward(width, line, 0, line, 2L * width, line, 3L * width);
    Bfloat16.round(line, 3L * width, dGateUp, gate, 2 * width);
  }

  @Override
  public void embedTokens(
      EmbeddingShape shape, MemorySegment tokens, MemorySegment table, MemorySegment x) {
    try (var _ = device.use()) {
      embeddings.embedTokens(shape, tokens, table, x);
    }
  }

  @Override
  public void embedTokensBackward(
      EmbeddingShape shape, MemorySegment tokens, MemorySegment dx, MemorySegment dTable) {
    try (var _ = device.use()) {
      embeddings.embedTokensBackward(shape, tokens, dx, dTable);
    }
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
    // A shape of its own for each token, so objects are made here anyway.
    CachedAttention attention = new CachedAttention(shape, precision);
    try (var _ = device.use()) {
      MemorySegment[] scratch = split.scratch(attention.scratchElements());
      pool.run(heads.keyHeads(), (keyHead, worker) -> attention.store(qkv, cache, keyHead));
      pool.run(
          heads.heads(),
          (head, worker) -> attention.attend(qkv, cache, out, head, scratch[worker]));
    }
  }
}
