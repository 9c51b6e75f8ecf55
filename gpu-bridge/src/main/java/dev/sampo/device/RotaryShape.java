package dev.sampo.device;

/**
 * The heads that turn, at the start of each row.
 *
 * @param rows number of rows
 * @param context rows of a sequence: row r has the position r mod context
 * @param heads heads of a row that turn
 * @param headWidth elements of a head, even
 * @param stride elements from one row to the next
 */
public record RotaryShape(int rows, int context, int heads, int headWidth, int stride) {
  public RotaryShape {
    if (rows <= 0 || context <= 0 || heads <= 0 || headWidth <= 0 || headWidth % 2 != 0) {
      throw new IllegalArgumentException(
          "rotary positions need positive sizes and an even head: rows=%d, context=%d, heads=%d, headWidth=%d"
              .formatted(rows, context, heads, headWidth));
    }
    if (stride < heads * headWidth) {
      throw new IllegalArgumentException(
          "a row holds its heads: stride=%d, heads=%d, headWidth=%d"
              .formatted(stride, heads, headWidth));
    }
  }
}
