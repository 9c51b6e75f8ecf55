package dev.sampo.model.optimizer;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of matrices whose every element is one chain of fused multiply-adds over k = 0, 1, 2,
 * ... from zero. So they are the same bits on every processor, whatever its vectors and caches:
 * what the products of a library do not promise, and replicas of one shard must have.
 *
 * <p>The right factor is copied into panels of {@link #PANEL} columns and {@link #DEPTH} rows,
 * which the second cache holds; tiles of {@link #TILE_ROWS} rows by four vectors stay in registers
 * while k runs through a panel. A sum that goes on in the next panel is stored and loaded, which
 * loses nothing.
 *
 * <p>One thread at a time: it owns the panel.
 */
final class FixedOrderProduct {
  /** Rows of a tile. */
  static final int TILE_ROWS = 4;

  /** Columns of a panel: a multiple of four vectors of any length that there is. */
  static final int PANEL = 64;

  private static final int DEPTH = 256;

  /** Floats of a cache line. */
  private static final int SQUARE = 16;

  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final int TILE_COLUMNS = 4 * LANES.length();

  /** (DEPTH, PANEL): rows {@link #first} and on, {@link #depth} of them, of the right factor. */
  private final float[] panel = new float[DEPTH * PANEL];

  private int first;
  private int depth;

  /** out = left right; out is neither. */
  void multiply(Matrix left, Matrix right, Matrix out) {
    for (int column = 0; column < out.columns(); column += PANEL) {
      for (int k = 0; k < right.rows(); k += DEPTH) {
        pack(right, k, column);
        tiles(left, out, column, out.rows());
      }
    }
    out.clearBehind();
  }

  /** out = x xᵀ, whose halves are the same bits; out is not x. */
  void gram(Matrix x, Matrix out) {
    for (int column = 0; column < out.columns(); column += PANEL) {
      for (int k = 0; k < x.columns(); k += DEPTH) {
        packTransposed(x, k, column);
        tiles(x, out, column, Math.min(out.rows(), column + PANEL));
      }
    }
    mirror(out);
    out.clearBehind();
  }

  /** What the panel adds to columns {@code column} and on of the first so many rows. */
  private void tiles(Matrix left, Matrix out, int column, int rows) {
    for (int row = 0; row < rows; row += TILE_ROWS) {
      for (int inPanel = 0; inPanel < PANEL; inPanel += TILE_COLUMNS) {
        tile(left, out, row, column, inPanel);
      }
    }
  }

  private void tile(Matrix left, Matrix out, int row, int column, int inPanel) {
    float[] a = left.values();
    int a0 = row * left.stride() + first;
    int a1 = a0 + left.stride();
    int a2 = a1 + left.stride();
    int a3 = a2 + left.stride();
    float[] c = out.values();
    int lanes = LANES.length();
    int c0 = row * out.stride() + column + inPanel;
    int c1 = c0 + out.stride();
    int c2 = c1 + out.stride();
    int c3 = c2 + out.stride();
    boolean fresh = first == 0;
    FloatVector s00 = sum(c, c0, fresh);
    FloatVector s01 = sum(c, c0 + lanes, fresh);
    FloatVector s02 = sum(c, c0 + 2 * lanes, fresh);
    FloatVector s03 = sum(c, c0 + 3 * lanes, fresh);
    FloatVector s10 = sum(c, c1, fresh);
    FloatVector s11 = sum(c, c1 + lanes, fresh);
    FloatVector s12 = sum(c, c1 + 2 * lanes, fresh);
    FloatVector s13 = sum(c, c1 + 3 * lanes, fresh);
    FloatVector s20 = sum(c, c2, fresh);
    FloatVector s21 = sum(c, c2 + lanes, fresh);
    FloatVector s22 = sum(c, c2 + 2 * lanes, fresh);
    FloatVector s23 = sum(c, c2 + 3 * lanes, fresh);
    FloatVector s30 = sum(c, c3, fresh);
    FloatVector s31 = sum(c, c3 + lanes, fresh);
    FloatVector s32 = sum(c, c3 + 2 * lanes, fresh);
    FloatVector s33 = sum(c, c3 + 3 * lanes, fresh);
    for (int k = 0; k < depth; k++) {
      int at = k * PANEL + inPanel;
      FloatVector b0 = FloatVector.fromArray(LANES, panel, at);
      FloatVector b1 = FloatVector.fromArray(LANES, panel, at + lanes);
      FloatVector b2 = FloatVector.fromArray(LANES, panel, at + 2 * lanes);
      FloatVector b3 = FloatVector.fromArray(LANES, panel, at + 3 * lanes);
      FloatVector l = FloatVector.broadcast(LANES, a[a0 + k]);
      s00 = l.fma(b0, s00);
      s01 = l.fma(b1, s01);
      s02 = l.fma(b2, s02);
      s03 = l.fma(b3, s03);
      l = FloatVector.broadcast(LANES, a[a1 + k]);
      s10 = l.fma(b0, s10);
      s11 = l.fma(b1, s11);
      s12 = l.fma(b2, s12);
      s13 = l.fma(b3, s13);
      l = FloatVector.broadcast(LANES, a[a2 + k]);
      s20 = l.fma(b0, s20);
      s21 = l.fma(b1, s21);
      s22 = l.fma(b2, s22);
      s23 = l.fma(b3, s23);
      l = FloatVector.broadcast(LANES, a[a3 + k]);
      s30 = l.fma(b0, s30);
      s31 = l.fma(b1, s31);
      s32 = l.fma(b2, s32);
      s33 = l.fma(b3, s33);
    }
    s00.intoArray(c, c0);
    s01.intoArray(c, c0 + lanes);
    s02.intoArray(c, c0 + 2 * lanes);
    s03.intoArray(c, c0 + 3 * lanes);
    s10.intoArray(c, c1);
    s11.intoArray(c, c1 + lanes);
    s12.intoArray(c, c1 + 2 * lanes);
    s13.intoArray(c, c1 + 3 * lanes);
    s20.intoArray(c, c2);
    s21.intoArray(c, c2 + lanes);
    s22.intoArray(c, c2 + 2 * lanes);
    s23.intoArray(c, c2 + 3 * lanes);
    s30.intoArray(c, c3);
    s31.intoArray(c, c3 + lanes);
    s32.intoArray(c, c3 + 2 * lanes);
    s33.intoArray(c, c3 + 3 * lanes);
  }

  private static FloatVector sum(float[] c, int at, boolean fresh) {
    return fresh ? FloatVector.zero(LANES) : FloatVector.fromArray(LANES, c, at);
  }

  private void pack(Matrix right, int k, int column) {
    first = k;
    depth = Math.min(DEPTH, right.rows() - k);
    for (int row = 0; row < depth; row++) {
      int at = (k + row) * right.stride() + column;
      System.arraycopy(right.values(), at, panel, row * PANEL, PANEL);
    }
  }

  /** panel(i, j) = x(column + j, k + i): columns of the product are rows of x. */
  private void packTransposed(Matrix x, int k, int column) {
    first = k;
    depth = Math.min(DEPTH, x.columns() - k);
    int columns = Math.min(PANEL, x.rows() - column);
    // By squares, whose cache lines are few on both sides.
    for (int from = 0; from < depth; from += SQUARE) {
      int to = Math.min(depth, from + SQUARE);
      for (int j = 0; j < PANEL; j++) {
        int at = (column + j) * x.stride() + k;
        for (int i = from; i < to; i++) {
          panel[i * PANEL + j] = j < columns ? x.values()[at + i] : 0;
        }
      }
    }
  }

  /** What lies below the diagonal's panels is what lies above. */
  private static void mirror(Matrix out) {
    for (int row = 0; row < out.rows(); row++) {
      for (int column = 0; column < row / PANEL * PANEL; column++) {
        out.values()[row * out.stride() + column] = out.values()[column * out.stride() + row];
      }
    }
  }
}
