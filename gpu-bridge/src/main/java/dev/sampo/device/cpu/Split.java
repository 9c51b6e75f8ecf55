package dev.sampo.device.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Cuts the work of plain kernels into parts at bounds that follow from the shape, and lends each
 * worker some scratch memory. Called by one thread at a time; what that asked for lies in fields
 * until it is done.
 */
final class Split {
  static final int ELEMENTS = 4_096;
  static final int COLUMNS = 128;
  private static final int ROWS = 16;

  private final WorkerPool pool;
  private final Arena arena;
  private final WorkerPool.Parts rangeParts = this::runRange;
  private final WorkerPool.Parts rowParts = this::runRows;
  private MemorySegment[] scratch = {};
  private long scratchBytes;

  private Range range = (from, to) -> {};
  private Row row = (at, line) -> {};
  private long length;
  private int step;

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
    this.length = length;
    this.step = step;
    this.range = range;
    pool.run(parts(), rangeParts);
  }

  private int parts() {
    return Math.toIntExact((length + step - 1) / step);
  }

  private void runRange(int part, int worker) {
    long from = (long) part * step;
    range.run(from, Math.min(length, from + step));
  }

  /** Runs rows, a few a part, with scratch for {@code scratchElements} f32. */
  void rows(int rows, int scratchElements, Row row) {
    scratch(scratchElements);
    length = rows;
    step = ROWS;
    this.row = row;
    pool.run(parts(), rowParts);
  }

  private void runRows(int part, int worker) {
    MemorySegment line = scratch[worker];
    int to = (int) Math.min(length, (part + 1L) * step);
    for (int i = part * step; i < to; i++) {
      row.run(i, line);
    }
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
