package dev.sampo.device.cpu;

import dev.sampo.device.MatMul;
import dev.sampo.device.Operand;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A product cut into fixed tiles of C, with a prepared {@link Gemm.Product} for each worker and
 * each of the four kinds of tile (inner, last column, last row, corner). The cut follows from the
 * shape alone. Each tile sums over the whole of k, so no tile waits for another.
 */
final class MatMulPlan {
  /** Enough parts for a dozen threads, as far as the smallest tile allows. */
  private static final int WANTED_TILES = 8;

  private static final int LARGEST_TILE = 512;
  private static final int SMALLEST_ROWS = 64;
  private static final int SMALLEST_COLUMNS = 64;

  private final MatMul shape;
  private final int tileRows;
  private final int tileColumns;
  private final int down;
  private final int across;
  private final Gemm.@Nullable Product[][] products;

  private MatMulPlan(MatMul shape, int threads) {
    this.shape = shape;
    int rows = Math.min(shape.m(), LARGEST_TILE);
    int columns = Math.min(shape.n(), LARGEST_TILE);
    while (parts(shape.m(), rows) * parts(shape.n(), columns) < WANTED_TILES) {
      if (rows >= columns && rows >= 2 * SMALLEST_ROWS) {
        rows = (rows + 1) / 2;
      } else if (columns >= 2 * SMALLEST_COLUMNS) {
        columns = (columns + 1) / 2;
      } else if (rows >= 2 * SMALLEST_ROWS) {
        rows = (rows + 1) / 2;
      } else {
        break;
      }
    }
    tileRows = rows;
    tileColumns = columns;
    down = parts(shape.m(), rows);
    across = parts(shape.n(), columns);
    products = new Gemm.Product[threads][4];
  }

  static MatMulPlan prepare(MatMul shape, Gemm gemm, int threads) {
    MatMulPlan plan = new MatMulPlan(shape, threads);
    for (int worker = 0; worker < threads; worker++) {
      for (int tile = 0; tile < plan.tiles(); tile++) {
        int kind = plan.kind(tile);
        if (plan.products[worker][kind] == null) {
          plan.products[worker][kind] = gemm.prepare(plan.describe(tile));
        }
      }
    }
    return plan;
  }

  private static int parts(int length, int part) {
    return (length + part - 1) / part;
  }

  int tiles() {
    return down * across;
  }

  private int kind(int tile) {
    return (tile / across == down - 1 ? 2 : 0) + (tile % across == across - 1 ? 1 : 0);
  }

  private int firstRow(int tile) {
    return tile / across * tileRows;
  }

  private int firstColumn(int tile) {
    return tile % across * tileColumns;
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

  private Tile describe(int tile) {
    return new Tile(
        rows(tile),
        columns(tile),
        shape.k(),
        shape.a(),
        shape.b(),
        strideA(),
        strideB(),
        shape.n());
  }

  void multiply(int tile, int worker, MemorySegment a, MemorySegment b, MemorySegment c) {
    Gemm.Product product = products[worker][kind(tile)];
    if (product == null) {
      throw new IllegalStateException("a tile was not prepared: tile=" + tile + ", " + shape);
    }
    long row = firstRow(tile);
    long column = firstColumn(tile);
    long atA = shape.a() == Operand.PLAIN ? row * strideA() : row;
    long atB = shape.b() == Operand.PLAIN ? column : column * strideB();
    product.multiply(a, atA, b, atB, c, row * shape.n() + column);
  }

  /** Adds a bias (n) to the tile's part of c. */
  void addBias(int tile, MemorySegment bias, MemorySegment c) {
    int column = firstColumn(tile);
    int columns = columns(tile);
    long row = firstRow(tile);
    for (int i = 0; i < rows(tile); i++) {
      Elementwise.addInto(c, (row + i) * shape.n() + column, bias, column, columns);
    }
  }
}
