package dev.sampo.device.cpu;

import dev.sampo.device.MatMul;
import dev.sampo.device.Operand;
import dev.sampo.device.Precision;
import dev.sampo.device.cpu.MatMulPlan.Epilogue;
import dev.sampo.device.cpu.MatMulPlan.Landing;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A product of one row: y (n) = x (k) op(B). Its parts are runs of stored rows of B, which follow
 * from the shape alone, so that each thread reads memory from one end of a run to the other.
 *
 * <p>Of a transposed B (n, k) each stored row is an element of y, a dot product. Of a plain B (k,
 * n) a part adds up its rows, and the parts' sums are added up in their order when all are there.
 *
 * <p>Called by one thread at a time; the operands lie in fields until the product is done.
 */
final class RowPlan {
  /** Enough for a dozen threads; each costs a plain B an f32 vector (n). */
  private static final int MOST_SUMS = 16;

  /** Fewer rows than this are not worth handing to another thread. */
  private static final int LEAST_ROWS = 16;

  private final int n;
  private final int k;
  private final Operand lie;
  private final Precision operands;
  private final int partRows;
  private final int parts;
  private final MemorySegment wide; // f32 (k): x, if the operands are not f32
  private final MemorySegment stage; // f32 (n): y, if it does not land in place
  private final MemorySegment sums; // f32 (parts, n), of a plain B
  private final WorkerPool.Parts dots = this::multiplyRows;
  private final WorkerPool.Parts rowSums = this::addRows;
  private final WorkerPool.Parts pieces = this::addParts;

  private MemorySegment x = MemorySegment.NULL; // f32 (k)
  private MemorySegment b = MemorySegment.NULL;
  private MemorySegment y = MemorySegment.NULL; // f32 (n)
  private Epilogue epilogue = (sums, at, to, column, columns, worker) -> {};

  private RowPlan(MatMul shape, Precision operands, Landing landing, Arena arena) {
    n = shape.n();
    k = shape.k();
    lie = shape.b();
    this.operands = operands;
    int storedRows = lie == Operand.PLAIN ? k : n;
    int most = lie == Operand.PLAIN ? Integer.MAX_VALUE : MatMulPlan.MOST_COLUMNS;
    partRows = Math.clamp(ceiling(storedRows, MOST_SUMS), LEAST_ROWS, most);
    parts = ceiling(storedRows, partRows);
    wide = floats(arena, operands == Precision.F32 ? 0 : k);
    stage = floats(arena, landing == Landing.PLACE ? 0 : n);
    sums = floats(arena, lie == Operand.PLAIN ? (long) parts * n : 0);
  }

  private static int ceiling(int length, int part) {
    return (length + part - 1) / part;
  }

  private static MemorySegment floats(Arena arena, long elements) {
    return arena.allocate(elements * Float.BYTES, 64);
  }

  static RowPlan prepare(MatMul shape, Precision operands, Landing landing, Arena arena) {
    return new RowPlan(shape, operands, landing, arena);
  }

  long usedBytes() {
    return wide.byteSize() + stage.byteSize() + sums.byteSize();
  }

  /** Multiplies on all threads, and hands the result to the epilogue piece by piece. */
  void multiply(
      WorkerPool pool, MemorySegment a, MemorySegment b, MemorySegment c, Epilogue epilogue) {
    x = operands == Precision.F32 ? a : wide;
    if (operands != Precision.F32) {
      Bfloat16.widen(a, 0, wide, 0, k);
    }
    this.b = b;
    y = stage.byteSize() == 0 ? c : stage;
    this.epilogue = epilogue;
    switch (lie) {
      case TRANSPOSED -> pool.run(parts, dots);
      case PLAIN -> {
        pool.run(parts, rowSums);
        pool.run(ceiling(n, MatMulPlan.MOST_COLUMNS), pieces);
      }
    }
  }

  private void multiplyRows(int part, int worker) {
    int first = part * partRows;
    int rows = Math.min(partRows, n - first);
    RowLoops.Floats factors = new RowLoops.Floats(x, 0, k);
    RowLoops.Floats results = new RowLoops.Floats(y, first, rows);
    RowLoops.dots(operands, factors, b, (long) first * k, results);
    epilogue.row(y, first, first, first, rows, worker);
  }

  private void addRows(int part, int worker) {
    long to = (long) part * n;
    sums.asSlice(to * Float.BYTES, (long) n * Float.BYTES).fill((byte) 0);
    int first = part * partRows;
    int rows = Math.min(partRows, k - first);
    RowLoops.Floats factors = new RowLoops.Floats(x, first, rows);
    RowLoops.Floats sum = new RowLoops.Floats(sums, to, n);
    RowLoops.add(operands, factors, b, (long) first * n, sum);
  }

  private void addParts(int piece, int worker) {
    int first = piece * MatMulPlan.MOST_COLUMNS;
    int columns = Math.min(MatMulPlan.MOST_COLUMNS, n - first);
    MemorySegment.copy(
        sums,
        (long) first * Float.BYTES,
        y,
        (long) first * Float.BYTES,
        (long) columns * Float.BYTES);
    for (int part = 1; part < parts; part++) {
      Elementwise.addInto(y, first, sums, (long) part * n + first, columns);
    }
    epilogue.row(y, first, first, first, columns, worker);
  }
}
