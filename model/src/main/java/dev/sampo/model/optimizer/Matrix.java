package dev.sampo.model.optimizer;

import java.util.Arrays;

/**
 * A matrix of work space: row-major, its rows padded with zeros to whole panels and their number to
 * whole tiles of {@link FixedOrderProduct}, so that no kernel has an edge. It lies on the heap:
 * work space lives from one call to the next and has nobody to close it.
 */
final class Matrix {
  private static final int LINE = 16;

  private final float[] values;
  private final int rows;
  private final int columns;
  private final int stride;
  private final int floats;

  private Matrix(float[] values, int rows, int columns) {
    this.values = values;
    this.rows = rows;
    this.columns = columns;
    this.stride = Math.toIntExact(stride(columns));
    this.floats = Math.toIntExact(floats(rows, columns));
  }

  /** A matrix in the first floats of that memory, in which others may take turns. */
  static Matrix in(float[] values, int rows, int columns) {
    return new Matrix(values, rows, columns);
  }

  /** A matrix of zeros. */
  static Matrix zero(int rows, int columns) {
    return new Matrix(new float[Math.toIntExact(floats(rows, columns))], rows, columns);
  }

  /** The floats that such a matrix takes, padding included. */
  static long floats(int rows, int columns) {
    long tiles = Math.ceilDiv((long) rows, FixedOrderProduct.TILE_ROWS);
    return tiles * FixedOrderProduct.TILE_ROWS * stride(columns);
  }

  /** A cache line more than whole panels: a column's elements then share no set of a cache. */
  private static long stride(int columns) {
    return Math.ceilDiv((long) columns, FixedOrderProduct.PANEL) * FixedOrderProduct.PANEL + LINE;
  }

  /** At least (padded rows, stride). */
  float[] values() {
    return values;
  }

  int rows() {
    return rows;
  }

  int columns() {
    return columns;
  }

  /** Floats from one row to the next. */
  int stride() {
    return stride;
  }

  /** Padding included. */
  int floats() {
    return floats;
  }

  void clear() {
    Arrays.fill(values, 0, floats, 0);
  }

  /** Clears what no product writes: the line behind each row, and the rows behind the last. */
  void clearBehind() {
    for (int row = 0; row < rows; row++) {
      Arrays.fill(values, (row + 1) * stride - LINE, (row + 1) * stride, 0);
    }
    Arrays.fill(values, rows * stride, floats, 0);
  }
}
