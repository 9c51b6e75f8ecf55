package dev.sampo.device.cpu;

import dev.sampo.device.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Sums down columns: gradients of biases and gains. Rows are read as they lie, in blocks of {@value
 * #ROWS}, each block into a row of partial sums of its own; these are then added in the order of
 * the blocks. (Going down the columns instead took twice as long: a stride of a row defeats the
 * prefetcher.) Called by one thread at a time.
 */
final class ColumnSums {
  static final int ROWS = 64;

  private final WorkerPool pool;
  private final Split split;
  private final Arena arena;
  private MemorySegment partials = MemorySegment.NULL; // f32 (blocks, width)

  ColumnSums(WorkerPool pool, Split split, Arena arena) {
    this.pool = pool;
    this.split = split;
    this.arena = arena;
  }

  /** Adds one row to the sums of its block. */
  interface RowSum {
    /**
     * Adds a row.
     *
     * @param partials f32, the block's sums from {@code at} on
     * @param scratch f32 (width)
     */
    void add(int row, MemorySegment partials, long at, MemorySegment scratch);
  }

  long usedBytes() {
    return partials.byteSize();
  }

  /** sums (width) = the sum of the rows of x. */
  void sum(int rows, int width, Precision of, MemorySegment x, MemorySegment sums) {
    sum(
        rows,
        width,
        (row, block, at, line) -> {
          long from = (long) row * width;
          switch (of) {
            case F32 -> Elementwise.addInto(block, at, x, from, width);
            case BF16 -> {
              Bfloat16.widen(x, from, line, 0, width);
              Elementwise.addInto(block, at, line, 0, width);
            }
          }
        });
    fold(rows, width, 0, width, sums);
  }

  /** Runs all rows, each in its block; the sums are then to be had by {@link #fold}. */
  void sum(int rows, int width, RowSum rowSum) {
    int blocks = blocks(rows);
    long bytes = (long) blocks * width * Float.BYTES;
    if (partials.byteSize() < bytes) {
      partials = arena.allocate(bytes, 64);
    }
    MemorySegment into = partials;
    MemorySegment[] lines = split.scratch(width);
    pool.run(
        blocks,
        (block, worker) -> {
          long at = (long) block * width;
          Elementwise.zero(into, at, width);
          int to = Math.min(rows, (block + 1) * ROWS);
          for (int row = block * ROWS; row < to; row++) {
            rowSum.add(row, into, at, lines[worker]);
          }
        });
  }

  /** sums = columns [from, from + columns) of the sums of all blocks, of that width. */
  void fold(int rows, int width, int from, int columns, MemorySegment sums) {
    int blocks = blocks(rows);
    MemorySegment parts = partials;
    split.columns(
        columns,
        (start, end) -> {
          int length = (int) (end - start);
          Elementwise.zero(sums, start, length);
          for (int block = 0; block < blocks; block++) {
            Elementwise.addInto(sums, start, parts, (long) block * width + from + start, length);
          }
        });
  }

  private static int blocks(int rows) {
    return (rows + ROWS - 1) / ROWS;
  }
}
