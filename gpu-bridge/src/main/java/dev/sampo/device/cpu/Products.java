package dev.sampo.device.cpu;

import dev.sampo.device.MatMul;
import dev.sampo.device.Precision;
import dev.sampo.device.cpu.MatMulPlan.Epilogue;
import dev.sampo.device.cpu.MatMulPlan.Landing;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/**
 * A device's matrix products, each with what follows it on every tile while that is in the cache.
 * Called by one thread at a time.
 */
final class Products {
  private record Key(MatMul shape, Landing landing) {}

  /** Two rows of a tile, f32, for a worker's epilogues. */
  private static final int ROWS = 2;

  private final Gemm gemm;
  private final Precision precision;
  private final WorkerPool pool;
  private final Arena arena;
  private final Map<Key, MatMulPlan> plans = new HashMap<>();
  private final Map<Key, RowPlan> rowPlans = new HashMap<>();
  private final MemorySegment[] rows;
  private final MemorySegment[] stages;

  Products(Gemm gemm, Precision precision, WorkerPool pool, Arena arena) {
    this.gemm = gemm;
    this.precision = precision;
    this.pool = pool;
    this.arena = arena;
    rows = new MemorySegment[pool.threads()];
    stages = new MemorySegment[pool.threads()];
    long tileBytes = (long) MatMulPlan.MOST_ROWS * MatMulPlan.MOST_COLUMNS * Float.BYTES;
    for (int worker = 0; worker < rows.length; worker++) {
      rows[worker] = arena.allocate((long) ROWS * MatMulPlan.MOST_COLUMNS * Float.BYTES, 64);
      stages[worker] =
          precision == Precision.F32 ? MemorySegment.NULL : arena.allocate(tileBytes, 64);
    }
  }

  long usedBytes() {
    long bytes = 0;
    for (MemorySegment row : rows) {
      bytes += row.byteSize();
    }
    for (MemorySegment stage : stages) {
      bytes += stage.byteSize();
    }
    for (RowPlan plan : rowPlans.values()) {
      bytes += plan.usedBytes();
    }
    return bytes;
  }

  void multiply(MatMul shape, MemorySegment a, MemorySegment b, MemorySegment c) {
    if (GemmChoice.isRow(shape)) {
      boolean rounded = isRounded(shape);
      multiply(
          shape,
          a,
          b,
          c,
          (sums, at, to, column, columns, worker) -> {
            if (rounded) {
              Bfloat16.round(sums, at, c, to, columns);
            }
          });
      return;
    }
    MatMulPlan plan = plan(shape, Landing.PLACE);
    pool.run(plan.tiles(), (tile, worker) -> plan.multiply(tile, worker, a, b, c));
  }

  private void multiply(
      MatMul shape, MemorySegment a, MemorySegment b, MemorySegment c, Epilogue epilogue) {
    Landing landing = isRounded(shape) ? Landing.STAGE : Landing.PLACE;
    if (GemmChoice.isRow(shape)) {
      rowPlan(shape, landing).multiply(pool, a, b, c, epilogue);
      return;
    }
    MatMulPlan plan = plan(shape, landing);
    pool.run(plan.tiles(), (tile, worker) -> plan.multiply(tile, worker, a, b, c, epilogue));
  }

  private boolean isRounded(MatMul shape) {
    return shape.c() == MatMul.Result.ROUNDED && precision != Precision.F32;
  }

  private MatMulPlan plan(MatMul shape, Landing landing) {
    Key key = new Key(shape, landing);
    MatMulPlan plan = plans.get(key);
    if (plan == null) {
      plan = MatMulPlan.prepare(shape, precision, landing, gemm, stages);
      plans.put(key, plan);
    }
    return plan;
  }

  private RowPlan rowPlan(MatMul shape, Landing landing) {
    Key key = new Key(shape, landing);
    RowPlan plan = rowPlans.get(key);
    if (plan == null) {
      plan = RowPlan.prepare(shape, precision, landing, arena);
      rowPlans.put(key, plan);
    }
    return plan;
  }

  void bias(MatMul shape, MemorySegment a, MemorySegment b, MemorySegment bias, MemorySegment c) {
    boolean rounded = isRounded(shape);
    multiply(
        shape,
        a,
        b,
        c,
        (sums, at, to, column, columns, worker) -> {
          Elementwise.addInto(sums, at, bias, column, columns);
          if (rounded) {
            Bfloat16.round(sums, at, c, to, columns);
          }
        });
  }

  void biasAdd(
      MatMul shape,
      MemorySegment a,
      MemorySegment b,
      MemorySegment bias,
      MemorySegment addend,
      MemorySegment c) {
    multiply(
        shape,
        a,
        b,
        c,
        (sums, at, to, column, columns, worker) ->
            Elementwise.addBoth(sums, at, bias, column, addend, to, columns));
  }

  void biasGelu(
      MatMul shape,
      MemorySegment a,
      MemorySegment b,
      MemorySegment bias,
      MemorySegment before,
      MemorySegment after) {
    if (!isRounded(shape)) {
      multiply(
          shape,
          a,
          b,
          before,
          (sums, at, to, column, columns, worker) -> {
            Elementwise.addInto(sums, at, bias, column, columns);
            Gelu.forward(sums, at, after, to, columns);
          });
      return;
    }
    multiply(
        shape,
        a,
        b,
        before,
        (sums, at, to, column, columns, worker) -> {
          Elementwise.addInto(sums, at, bias, column, columns);
          Bfloat16.round(sums, at, before, to, columns);
          // What backward will see is what GELU takes.
          Bfloat16.widen(before, to, sums, at, columns);
          Gelu.forward(sums, at, rows[worker], 0, columns);
          Bfloat16.round(rows[worker], 0, after, to, columns);
        });
  }

  void geluBackward(
      MatMul shape, MemorySegment a, MemorySegment b, MemorySegment before, MemorySegment c) {
    if (!isRounded(shape)) {
      multiply(
          shape,
          a,
          b,
          c,
          (sums, at, to, column, columns, worker) ->
              Gelu.backward(before, to, rows[worker], sums, at, columns));
      return;
    }
    multiply(
        shape,
        a,
        b,
        c,
        (sums, at, to, column, columns, worker) -> {
          MemorySegment mine = rows[worker];
          long wide = MatMulPlan.MOST_COLUMNS;
          Bfloat16.widen(before, to, mine, wide, columns);
          Gelu.backward(mine, wide, mine, sums, at, columns);
          Bfloat16.round(sums, at, c, to, columns);
        });
  }
}
