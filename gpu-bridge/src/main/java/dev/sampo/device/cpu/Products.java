package dev.sampo.device.cpu;

import dev.sampo.device.MatMul;
import dev.sampo.device.Precision;
import dev.sampo.device.cpu.MatMulPlan.Epilogue;
import dev.sampo.device.cpu.MatMulPlan.Landing;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A device's matrix products, each with what follows it on every tile while that is in the cache.
 * Called by one thread at a time; what its epilogue works on lies in fields until it is done.
 */
final class Products implements AutoCloseable {
  /** Two rows of a tile, f32, for a worker's epilogues. */
  private static final int ROWS = 2;

  private final Gemm gemm;
  private final Precision precision;
  private final WorkerPool pool;
  private final Arena arena;
  private final Map<MatMul, MatMulPlan> placed = new HashMap<>();
  private final Map<MatMul, MatMulPlan> staged = new HashMap<>();
  private final Map<MatMul, RowPlan> ofRows = new HashMap<>();
  private final Map<MatMul, AmxPlan> onAmx = new HashMap<>();
  private final @Nullable AmxKernel amx;
  private final AmxPlan.Rooms amxRooms;
  private final MemorySegment[] rows;
  private final MemorySegment[] stages;

  private final Epilogue nothing = (sums, at, to, column, columns, worker) -> {};
  private final Epilogue rounding = this::round;
  private final Epilogue adding = this::add;
  private final Epilogue addingAndRounding = this::addAndRound;
  private final Epilogue addingBoth = this::addBoth;
  private final Epilogue gelu = this::gelu;
  private final Epilogue geluRounded = this::geluRounded;
  private final Epilogue geluGradient = this::geluGradient;
  private final Epilogue geluGradientRounded = this::geluGradientRounded;

  private MemorySegment c = MemorySegment.NULL;
  private MemorySegment bias = MemorySegment.NULL; // (n)
  private MemorySegment other = MemorySegment.NULL; // (m, n), beside c

  Products(GemmChoice choice, Precision precision, WorkerPool pool, Arena arena) {
    gemm = choice.gemm();
    amx = choice.amx();
    amxRooms = new AmxPlan.Rooms(pool.threads());
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
    for (RowPlan plan : ofRows.values()) {
      bytes += plan.usedBytes();
    }
    return bytes + amxRooms.usedBytes();
  }

  @Override
  public void close() {
    amxRooms.close();
  }

  void multiply(MatMul shape, MemorySegment a, MemorySegment b, MemorySegment c) {
    if (GemmChoice.isRow(shape) || isForAmx(shape)) {
      multiply(shape, a, b, c, isRounded(shape) ? rounding : nothing);
      return;
    }
    plan(shape, Landing.PLACE).multiply(pool, a, b, c);
  }

  private void multiply(
      MatMul shape, MemorySegment a, MemorySegment b, MemorySegment c, Epilogue epilogue) {
    this.c = c;
    if (GemmChoice.isRow(shape)) {
      rowPlan(shape).multiply(pool, a, b, c, epilogue);
    } else if (isForAmx(shape)) {
      amxPlan(shape).multiply(pool, a, b, c, epilogue);
    } else {
      plan(shape, landing(shape)).multiply(pool, a, b, c, epilogue);
    }
  }

  private boolean isRounded(MatMul shape) {
    return shape.c() == MatMul.Result.ROUNDED && precision != Precision.F32;
  }

  /** Where what an epilogue goes over lies. */
  private Landing landing(MatMul shape) {
    return isRounded(shape) ? Landing.STAGE : Landing.PLACE;
  }

  private MatMulPlan plan(MatMul shape, Landing landing) {
    Map<MatMul, MatMulPlan> known = landing == Landing.PLACE ? placed : staged;
    MatMulPlan plan = known.get(shape);
    if (plan == null) {
      plan = MatMulPlan.prepare(shape, precision, landing, gemm, stages);
      known.put(shape, plan);
    }
    return plan;
  }

  private boolean isForAmx(MatMul shape) {
    return amx != null && AmxPlan.suits(shape);
  }

  private AmxPlan amxPlan(MatMul shape) {
    AmxPlan plan = onAmx.get(shape);
    if (plan == null) {
      plan = new AmxPlan(Objects.requireNonNull(amx), shape, amxRooms);
      onAmx.put(shape, plan);
    }
    return plan;
  }

  private RowPlan rowPlan(MatMul shape) {
    RowPlan plan = ofRows.get(shape);
    if (plan == null) {
      plan = RowPlan.prepare(shape, precision, landing(shape), arena);
      ofRows.put(shape, plan);
    }
    return plan;
  }

  void bias(MatMul shape, MemorySegment a, MemorySegment b, MemorySegment bias, MemorySegment c) {
    this.bias = bias;
    multiply(shape, a, b, c, isRounded(shape) ? addingAndRounding : adding);
  }

  void biasAdd(
      MatMul shape,
      MemorySegment a,
      MemorySegment b,
      MemorySegment bias,
      MemorySegment addend,
      MemorySegment c) {
    this.bias = bias;
    other = addend;
    multiply(shape, a, b, c, addingBoth);
  }

  void biasGelu(
      MatMul shape,
      MemorySegment a,
      MemorySegment b,
      MemorySegment bias,
      MemorySegment before,
      MemorySegment after) {
    this.bias = bias;
    other = after;
    multiply(shape, a, b, before, isRounded(shape) ? geluRounded : gelu);
  }

  void geluBackward(
      MatMul shape, MemorySegment a, MemorySegment b, MemorySegment before, MemorySegment c) {
    other = before;
    multiply(shape, a, b, c, isRounded(shape) ? geluGradientRounded : geluGradient);
  }

  private void round(MemorySegment sums, long at, long to, int column, int columns, int worker) {
    Bfloat16.round(sums, at, c, to, columns);
  }

  private void add(MemorySegment sums, long at, long to, int column, int columns, int worker) {
    Elementwise.addInto(sums, at, bias, column, columns);
  }

  private void addAndRound(
      MemorySegment sums, long at, long to, int column, int columns, int worker) {
    Elementwise.addInto(sums, at, bias, column, columns);
    Bfloat16.round(sums, at, c, to, columns);
  }

  private void addBoth(MemorySegment sums, long at, long to, int column, int columns, int worker) {
    Elementwise.addBoth(sums, at, bias, column, other, to, columns);
  }

  private void gelu(MemorySegment sums, long at, long to, int column, int columns, int worker) {
    Elementwise.addInto(sums, at, bias, column, columns);
    Gelu.forward(sums, at, other, to, columns);
  }

  private void geluRounded(
      MemorySegment sums, long at, long to, int column, int columns, int worker) {
    MemorySegment row = rows[worker];
    Elementwise.addInto(sums, at, bias, column, columns);
    Bfloat16.round(sums, at, c, to, columns);
    // What backward will see is what GELU takes.
    Bfloat16.widen(c, to, sums, at, columns);
    Gelu.forward(sums, at, row, 0, columns);
    Bfloat16.round(row, 0, other, to, columns);
  }

  private void geluGradient(
      MemorySegment sums, long at, long to, int column, int columns, int worker) {
    Gelu.backward(other, to, rows[worker], sums, at, columns);
  }

  private void geluGradientRounded(
      MemorySegment sums, long at, long to, int column, int columns, int worker) {
    MemorySegment row = rows[worker];
    long wide = MatMulPlan.MOST_COLUMNS;
    Bfloat16.widen(other, to, row, wide, columns);
    Gelu.backward(row, wide, row, sums, at, columns);
    Bfloat16.round(sums, at, c, to, columns);
  }
}
