package dev.sampo.device;

/**
 * The shape of an attention over a cache.
 *
 * @param rows tokens that come now
 * @param start tokens that are in the cache already
 * @param capacity tokens that the cache has room for
 * @param heads the heads, of one sequence; its context is the number of rows
 */
public record CachedShape(int rows, int start, int capacity, GroupedShape heads) {
  public CachedShape {
    if (rows <= 0 || start < 0 || start + rows > capacity) {
      throw new IllegalArgumentException(
          "a cache has room for what comes: rows=%d, start=%d, capacity=%d"
              .formatted(rows, start, capacity));
    }
    if (heads.batch() != 1 || heads.context() != rows) {
      throw new IllegalArgumentException(
          "a cache belongs to one sequence: batch=%d, context=%d, rows=%d"
              .formatted(heads.batch(), heads.context(), rows));
    }
  }
}
