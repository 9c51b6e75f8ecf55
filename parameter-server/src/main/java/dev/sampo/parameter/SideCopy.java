package dev.sampo.parameter;

import dev.sampo.protocol.CommitRecord;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A whole side as it was, in off-heap memory of its own: what is sent to another replica while
 * training goes on. Any thread may read it; whoever holds it closes it.
 */
public final class SideCopy implements AutoCloseable {
  private static final long LINE_BYTES = 64;

  private final Arena arena = Arena.ofShared();
  private final CommitRecord record;
  private final MemorySegment segment;

  SideCopy(CommitRecord record, long bytes) {
    this.record = record;
    this.segment = arena.allocate(bytes, LINE_BYTES);
  }

  /** What makes it a version: the receiver adopts it under this. */
  public CommitRecord record() {
    return record;
  }

  /** Flat: parameters (n), then each kind of optimizer state (n): AdamW's m and v. */
  public MemorySegment segment() {
    return segment;
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
