package dev.sampo.device.cpu;

import dev.sampo.device.MatMul;
import dev.sampo.device.Precision;
import dev.sampo.device.Rows;
import java.lang.foreign.MemorySegment;

/**
 * Refuses operands that a kernel could not work on, before anything is written. Native code takes
 * bare addresses, so this is also what stands between a closed tensor and a crash.
 */
final class OperandCheck {
  private final WorkerPool pool;
  private final Precision precision;

  OperandCheck(WorkerPool pool, Precision precision) {
    this.pool = pool;
    this.precision = precision;
  }

  /** An operand of f32 (or i32). */
  void check(String operand, MemorySegment segment, long elements) {
    checkBytes(operand, segment, elements * Float.BYTES);
  }

  /** An operand of the device's precision. */
  void checkActivations(String operand, MemorySegment segment, long elements) {
    checkBytes(operand, segment, elements * precision.bytes());
  }

  void checkBytes(String operand, MemorySegment segment, long bytes) {
    if (!segment.isNative()
        || !segment.scope().isAlive()
        || !pool.canReach(segment)
        || segment.byteSize() < bytes) {
      throw new IllegalArgumentException(
          ("an operand is live native memory of the shape's size, shared between threads:"
                  + " operand=%s, native=%b, alive=%b, shared=%b, bytes=%d, wantedBytes=%d;"
                  + " hint: allocate it from the device or a shared arena")
              .formatted(
                  operand,
                  segment.isNative(),
                  segment.scope().isAlive(),
                  pool.canReach(segment),
                  segment.byteSize(),
                  bytes));
    }
  }

  void checkProduct(MatMul shape, MemorySegment a, MemorySegment b, MemorySegment c) {
    checkActivations("a", a, (long) shape.m() * shape.k());
    checkActivations("b", b, (long) shape.k() * shape.n());
    switch (shape.c()) {
      case FULL -> check("c", c, (long) shape.m() * shape.n());
      case ROUNDED -> checkActivations("c", c, (long) shape.m() * shape.n());
    }
  }

  void checkStored(MatMul shape, MatMul.Result wanted) {
    if (shape.c() != wanted) {
      throw new IllegalArgumentException(
          "this product is stored in one way only: wanted=" + wanted + ", shape=" + shape);
    }
  }

  void checkLoss(Rows shape, MemorySegment logits, MemorySegment targets, MemorySegment losses) {
    check("logits", logits, shape.elements());
    check("targets", targets, shape.rows());
    check("losses", losses, shape.rows());
  }
}
