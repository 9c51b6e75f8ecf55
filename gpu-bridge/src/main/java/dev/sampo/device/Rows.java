package dev.sampo.device;

/**
 * The shape of a matrix that a kernel treats row by row.
 *
 * @param rows number of rows, for a model batch times context
 * @param width elements of a row
 */
public record Rows(int rows, int width) {
  public Rows {
    if (rows <= 0 || width <= 0) {
      throw new IllegalArgumentException(
          "a matrix needs positive sizes: rows=" + rows + ", width=" + width);
    }
  }

  /** Number of elements. */
  public long elements() {
    return (long) rows * width;
  }
}
