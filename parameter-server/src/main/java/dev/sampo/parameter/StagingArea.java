package dev.sampo.parameter;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Off-heap memory for blocks that arrive from another replica. The shard owns it; the data plane's
 * thread writes into it, and gets an exception if it still does so after it is closed.
 */
final class StagingArea implements AutoCloseable {
  private static final long LINE_BYTES = 64;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment segment;

  StagingArea(long bytes) {
    this.segment = arena.allocate(bytes, LINE_BYTES);
  }

  MemorySegment segment() {
    return segment;
  }

  @Override
  public void close() {
    arena.close();
  }
}
