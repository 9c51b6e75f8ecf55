package dev.sampo.device.cpu;

import dev.sampo.device.MatMul;
import dev.sampo.device.Operand;
import dev.sampo.device.Precision;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A product cut into fixed tiles of C, with a prepared {@link Gemm.Product} for each worker and
 * each of the four kinds of tile (inner, last column, last row, corner). The cut follows from the
 * shape alone. Each tile sums over the whole of k, so no tile waits for another.
 *
 * <p>A tile is small enough to stay in the second-level cache (384 KiB of 1 MiB) while an {@link
 * Epilogue} goes over it. A rounded result with an epilogue is staged: the product lands as f32 in
 * the worker's own tile, and the epilogue writes the result.
 *
 * <p>Called by one thread at a time; the operands lie in fields until the product is done.
 */
final class MatMulPlan {
  /** Where a tile's sums land. */
  enum Landing {
    /** In C. */
    PLACE,
    /** In the worker's own f32 tile. */
    STAGE
  }

  /** Works on one row of a tile, right after its product. Places are in elements. */
  interface Epilogue {
    /**
     * Works on a row's part.
     *
     * @param sums where the f32 sums of the row's part lie, from {@code at} on
     * @param to the same part's place in a dense (m, n)
     * @param column its first column
     */
    void row(MemorySegment sums, long at, long to, int column, int columns, int worker);
  }

  /** Enough parts for a dozen threads, as far as the smallest tile allows. */
  private static final int WANTED_TILES = 8;

  static final int MOST_ROWS = 256;

  /** Of a product that reads A down its columns: fewer keep more of A's rows in the cache. */
  private static final int MOST_TRANSPOSED_ROWS = 192;

  static final int MOST_COLUMNS = 384;
  private static final int SMALLEST = 64;
  private static final int LANES = 16;

  private final MatMul shape;
  private final Precision operands;
  private final Precision result;
  private final Landing landing;
  private final int tileRows;
  private final int tileColumns;
  private final int down;
  private final int across;
  private final Gemm.@Nullable Product[][] products;
  private final MemorySegment[] stages;
  private final WorkerPool.Parts plainTiles = this::multiplyTile;
  private final WorkerPool.Parts tilesWithEpilogue = this::multiplyAndFinish;

  private MemorySegment a = MemorySegment.NULL;
  private MemorySegment b = MemorySegment.NULL;
  private MemorySegment c = MemorySegment.NULL;
  private Epilogue epilogue = (sums, at, to, column, columns, worker) -> {};

  private MatMulPlan(MatMul shape, Precision operands, Landing landing, MemorySegment[] stages) {
    this.shape = shape;
    this.operands = operands;
    this.landing = landing;
    result = landing == Landing.STAGE || shape.c() == MatMul.Result.FULL ? Precision.F32 : operands;
    int mostRows = shape.a() == Operand.PLAIN ? MOST_ROWS : MOST_TRANSPOSED_ROWS;
    int rows = even(shape.m(), mostRows);
    int columns = even(shape.n(), MOST_COLUMNS);
    while (parts(shape.m(), rows) * parts(shape.n(), columns) < WANTED_TILES) {
      if (rows >= columns && rows >= 2 * SMALLEST) {
        rows = even(rows, rows / 2);
      } else if (columns >= 2 * SMALLEST) {
        columns = even(columns, columns / 2);
      } else if (rows >= 2 * SMALLEST) {
        rows = even(rows, rows / 2);
      } else {
        break;
      }
    }
    tileRows = rows;
    tileColumns = columns;
    down = parts(shape.m(), rows);
    across = parts(shape.n(), columns);
    products = new Gemm.Product[stages.length][4];
    this.stages = stages;
  }

  /**
   * Prepares a product for each worker.
   *
   * @param stages each worker's own f32 tile, of the largest size
   */
  static MatMulPlan prepare(
      MatMul shape, Precision operands, Landing landing, Gemm gemm, MemorySegment[] stages) {
    MatMulPlan plan = new MatMulPlan(shape, operands, landing, stages);
    for (int worker = 0; worker < stages.length; worker++) {
      for (int tile = 0; tile < plan.tiles(); tile++) {
        int kind = plan.kind(tile);
        if (plan.products[worker][kind] == null) {
          plan.products[worker][kind] = gemm.prepare(plan.describe(tile), worker);
        }
      }
    }
    return plan;
  }

  /** The smallest part, in whole vectors, that cuts a length into as few parts as {@code most}. */
  private static int even(int length, int most) {
    int count = parts(length, most);
    int part = parts(length, count);
    return Math.min(length, (part + LANES - 1) / LANES * LANES);
  }

  private static int parts(int length, int part) {
    return (length + part - 1) / part;
  }

  private int tiles() {
    return down * across;
  }

  /**
   * Tiles are numbered row by row, so that those that run at once read the same rows of A; where A
   * is read down its columns, column by column: then B is what does not fit into a cache.
   */
  private int row(int tile) {
    return shape.a() == Operand.PLAIN ? tile / across : tile % down;
  }

  private int column(int tile) {
    return shape.a() == Operand.PLAIN ? tile % across : tile / down;
  }

  private int kind(int tile) {
    return (row(tile) == down - 1 ? 2 : 0) + (column(tile) == across - 1 ? 1 : 0);
  }

  private int firstRow(int tile) {
    return row(tile) * tileRows;
  }

  private int firstColumn(int tile) {
    return column(tile) * tileColumns;
  }

  private int rows(int tile) {
    return Math.min(tileRows, shape.m() - firstRow(tile));
  }

  private int columns(int tile) {
    return Math.min(tileColumns, shape.n() - firstColumn(tile));
  }

  private int strideA() {
    return shape.a() == Operand.PLAIN ? shape.k() : shape.m();
  }

  private int strideB() {
    return shape.b() == Operand.PLAIN ? shape.n() : shape.k();
  }

  private int strideC() {
    return landing == Landing.STAGE ? tileColumns : shape.n();
  }

  private Tile describe(int tile) {
    return new Tile(
        rows(tile),
        columns(tile),
        shape.k(),
        shape.a(),
        shape.b(),
        strideA(),
        strideB(),
        strideC(),
        operands,
        result,
        Tile.Onto.OVERWRITE);
  }

  /** Multiplies on all threads. */
  void multiply(WorkerPool pool, MemorySegment a, MemorySegment b, MemorySegment c) {
    take(a, b, c);
    pool.run(tiles(), plainTiles);
  }

  /** Multiplies and hands each row of each tile to the epilogue. */
  void multiply(
      WorkerPool pool, MemorySegment a, MemorySegment b, MemorySegment c, Epilogue epilogue) {
    take(a, b, c);
    this.epilogue = epilogue;
    pool.run(tiles(), tilesWithEpilogue);
  }

  private void take(MemorySegment a, MemorySegment b, MemorySegment c) {
    this.a = a;
    this.b = b;
    this.c = c;
  }

  private void multiplyTile(int tile, int worker) {
    Gemm.Product product = products[worker][kind(tile)];
    if (product == null) {
      throw new IllegalStateException("a tile was not prepared: tile=" + tile + ", " + shape);
    }
    long row = firstRow(tile);
    long column = firstColumn(tile);
    long atA = shape.a() == Operand.PLAIN ? row * strideA() : row;
    long atB = shape.b() == Operand.PLAIN ? column : column * strideB();
    switch (landing) {
      case PLACE -> product.multiply(a, atA, b, atB, c, row * shape.n() + column);
      case STAGE -> product.multiply(a, atA, b, atB, stages[worker], 0);
    }
  }

  private void multiplyAndFinish(int tile, int worker) {
    multiplyTile(tile, worker);
    int column = firstColumn(tile);
    int columns = columns(tile);
    int rows = rows(tile);
    for (int i = 0; i < rows; i++) {
      long to = ((long) firstRow(tile) + i) * shape.n() + column;
      switch (landing) {
        case PLACE -> epilogue.row(c, to, to, column, columns, worker);
        case STAGE ->
            epilogue.row(stages[worker], (long) i * tileColumns, to, column, columns, worker);
      }
    }
  }
}
