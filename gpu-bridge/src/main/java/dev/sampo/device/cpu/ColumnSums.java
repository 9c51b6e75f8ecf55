package dev.sampo.device.cpu;

import dev.sampo.device.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Sums down columns: gradients of biases and gains. Rows are read as they lie, in blocks of {@value
 * #ROWS}, each block into a row of partial sums of its own; these are then added in the order of
 * the blocks. (Going down the columns instead took twice as long: a stride of a row defeats the
 * prefetcher.) Called by one thread at a time; what that asked for lies in fields until it is done.
 */
final class ColumnSums {
  static final int ROWS = 64;

  private final WorkerPool pool;
  private final Split split;
  private final Arena arena;
  private final WorkerPool.Parts blockParts = this::runBlock;
  private final Split.Range folding = this::foldColumns;
  private final RowSum fullRow = this::addFull;
  private final RowSum halfRow = this::addHalf;
  private MemorySegment partials = MemorySegment.NULL; // f32 (blocks, width)
  private MemorySegment[] lines = {};

  private RowSum rowSum = fullRow;
  private MemorySegment x = MemorySegment.NULL; // whose rows are summed as they lie
  private MemorySegment sums = MemorySegment.NULL;
  private int rows;
  private int width;
  private int first;

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
    this.x = x;
    sum(
        rows,
        width,
        switch (of) {
          case F32 -> fullRow;
          case BF16 -> halfRow;
        });
    fold(0, width, sums);
  }

  private void addFull(int row, MemorySegment block, long at, MemorySegment line) {
    Elementwise.addInto(block, at, x, (long) row * width, width);
  }

  private void addHalf(int row, MemorySegment block, long at, MemorySegment line) {
    Bfloat16.widen(x, (long) row * width, line, 0, width);
    Elementwise.addInto(block, at, line, 0, width);
  }

  /** Runs all rows, each in its block; the sums are then to be had by {@link #fold}. */
  void sum(int rows, int width, RowSum rowSum) {
    this.rows = rows;
    this.width = width;
    this.rowSum = rowSum;
    long bytes = (long) blocks() * width * Float.BYTES;
    if (partials.byteSize() < bytes) {
      partials = arena.allocate(bytes, 64);
    }
    lines = split.scratch(width);
    pool.run(blocks(), blockParts);
  }

  private void runBlock(int block, int worker) {
    long at = (long) block * width;
    Elementwise.zero(partials, at, width);
    int to = Math.min(rows, (block + 1) * ROWS);
    for (int row = block * ROWS; row < to; row++) {
      rowSum.add(row, partials, at, lines[worker]);
    }
  }

  /** sums = columns [from, from + columns) of the last rows' sums. */
  void fold(int from, int columns, MemorySegment sums) {
    first = from;
    this.sums = sums;
    split.columns(columns, folding);
  }

  private void foldColumns(long start, long end) {
    int length = (int) (end - start);
    Elementwise.zero(sums, start, length);
    for (int block = 0; block < blocks(); block++) {
      Elementwise.addInto(sums, start, partials, (long) block * width + first + start, length);
    }
  }

  private int blocks() {
    return (rows + ROWS - 1) / ROWS;
  }
}
