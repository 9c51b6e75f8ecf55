package dev.sampo.device.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Cuts the work of plain kernels into parts at bounds that follow from the shape, and lends each
 * worker some scratch memory. Called by one thread at a time.
 */
final class Split {
  static final int ELEMENTS = 4_096;
  static final int COLUMNS = 128;
  private static final int ROWS = 16;

  private final WorkerPool pool;
  private final Arena arena;
  private MemorySegment[] scratch = {};
  private long scratchBytes;

  Split(WorkerPool pool, Arena arena) {
    this.pool = pool;
    this.arena = arena;
  }

  /** Elements [from, to), or columns. */
  interface Range {
    void run(long from, long to);
  }

  /** One row, and the worker's scratch. */
  interface Row {
    void run(int row, MemorySegment scratch);
  }

  long usedBytes() {
    return scratchBytes * scratch.length;
  }

  /** Runs parts of {@value #ELEMENTS} elements. */
  void elements(long elements, Range range) {
    ranges(elements, ELEMENTS, range);
  }

  /** Runs parts of {@value #COLUMNS} columns. */
  void columns(int width, Range range) {
    ranges(width, COLUMNS, range);
  }

  private void ranges(long length, int step, Range range) {
    int parts = Math.toIntExact((length + step - 1) / step);
    pool.run(
        parts,
        (part, worker) -> {
          long from = (long) part * step;
          range.run(from, Math.min(length, from + step));
        });
  }

  /** Runs rows, a few a part, with scratch for {@code scratchElements} f32. */
  void rows(int rows, int scratchElements, Row row) {
    MemorySegment[] lent = scratch(scratchElements);
    int parts = (rows + ROWS - 1) / ROWS;
    pool.run(
        parts,
        (part, worker) -> {
          int to = Math.min(rows, (part + 1) * ROWS);
          for (int i = part * ROWS; i < to; i++) {
            row.run(i, lent[worker]);
          }
        });
  }

  /** Each worker's scratch memory, for at least so many f32, until more is asked for. */
  MemorySegment[] scratch(int elements) {
    long bytes = (long) elements * Float.BYTES;
    if (scratch.length == 0 || scratchBytes < bytes) {
      MemorySegment[] larger = new MemorySegment[pool.threads()];
      for (int worker = 0; worker < larger.length; worker++) {
        larger[worker] = arena.allocate(Math.max(bytes, 64), 64);
      }
      scratch = larger;
      scratchBytes = Math.max(bytes, 64);
    }
    return scratch;
  }
}
