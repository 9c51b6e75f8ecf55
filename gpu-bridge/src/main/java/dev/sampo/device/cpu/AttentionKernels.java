package dev.sampo.device.cpu;

import dev.sampo.device.Attended;
import dev.sampo.device.AttentionShape;
import dev.sampo.device.Dropout;
import dev.sampo.device.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/** Attention on a device's threads, made once for each shape. */
final class AttentionKernels {
  private final Gemm gemm;
  private final Precision precision;
  private final WorkerPool pool;
  private final OperandCheck operands;
  private final Arena arena;
  private final Map<AttentionShape, Attention> made = new HashMap<>();

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
    for (Attention attention : made.values()) {
      bytes += attention.usedBytes();
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
    attention(shape).forward(pool, dropout, qkv, statistics, out);
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
    attention(shape).backward(pool, dropout, saved, dOut, dQkv);
  }

  private Attention attention(AttentionShape shape) {
    Attention attention = made.get(shape);
    if (attention == null) {
      attention =
          new Attention(AttentionPlan.prepare(shape, precision, gemm, pool.threads(), arena));
      made.put(shape, attention);
    }
    return attention;
  }
}
