package dev.sampo.device.cpu;

import dev.sampo.device.Attended;
import dev.sampo.device.AttentionShape;
import dev.sampo.device.Dropout;
import dev.sampo.device.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/** Attention on a device's threads, with a plan for each shape that is kept. */
final class AttentionKernels {
  private final Gemm gemm;
  private final Precision precision;
  private final WorkerPool pool;
  private final OperandCheck operands;
  private final Arena arena;
  private final Map<AttentionShape, AttentionPlan> plans = new HashMap<>();

  AttentionKernels(
      Gemm gemm, Precision precision, WorkerPool pool, OperandCheck operands, Arena arena) {
    this.gemm = gemm;
    this.precision = precision;
    this.pool = pool;
    this.operands = operands;
    this.arena = arena;
  }

  long usedBytes() {
    long bytes = 0;
    for (AttentionPlan plan : plans.values()) {
      bytes += plan.usedBytes();
    }
    return bytes;
  }

  void forward(
      AttentionShape shape,
      Dropout dropout,
      MemorySegment qkv,
      MemorySegment statistics,
      MemorySegment out) {
    operands.checkActivations("qkv", qkv, shape.inputElements());
    operands.check("statistics", statistics, shape.statisticElements());
    operands.checkActivations("out", out, shape.outputElements());
    Attention attention = new Attention(plan(shape), dropout);
    pool.run(
        attention.forwardParts(),
        (part, worker) -> attention.forward(part, worker, qkv, statistics, out));
  }

  void backward(
      AttentionShape shape,
      Dropout dropout,
      Attended saved,
      MemorySegment dOut,
      MemorySegment dQkv) {
    operands.checkActivations("qkv", saved.qkv(), shape.inputElements());
    operands.check("statistics", saved.statistics(), shape.statisticElements());
    operands.checkActivations("out", saved.out(), shape.outputElements());
    operands.checkActivations("dOut", dOut, shape.outputElements());
    operands.checkActivations("dQkv", dQkv, shape.inputElements());
    Attention attention = new Attention(plan(shape), dropout);
    pool.run(
        attention.backwardParts(),
        (part, worker) -> attention.backward(part, worker, saved, dOut, dQkv));
  }

  private AttentionPlan plan(AttentionShape shape) {
    AttentionPlan plan = plans.get(shape);
    if (plan == null) {
      plan = AttentionPlan.prepare(shape, precision, gemm, pool.threads(), arena);
      plans.put(shape, plan);
    }
    return plan;
  }
}
