package dev.sampo.parameter;

import dev.sampo.protocol.ShardRange;
import dev.sampo.protocol.shard.ShardMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A gradient over one shard's range, off-heap, lent by a {@link GradientPool}. Whoever holds it may
 * touch it, from one thread at a time.
 */
public final class GradientBuffer implements ShardMemory.Gradient {
  private static final long LINE_BYTES = 64;

  private final GradientPool pool;
  private final MemorySegment segment;
  private final MemorySegment parameters;

  /** Guarded by the pool's lock. */
  boolean lent;

  GradientBuffer(GradientPool pool, ShardRange range, Arena arena) {
    this.pool = pool;
    long bytes = range.gradientFloats() * Float.BYTES;
    // Whole cache lines: two buffers never share one.
    long lines = (bytes + LINE_BYTES - 1) / LINE_BYTES;
    this.segment = arena.allocate(lines * LINE_BYTES, LINE_BYTES).asSlice(0, bytes);
    this.parameters = segment.asSlice(0, range.parameters() * Float.BYTES);
  }

  /** (gradientFloats): the parameters' gradient, then in the last shard the sum of the losses. */
  public MemorySegment segment() {
    return segment;
  }

  /** Gives it back to its pool. */
  public void release() {
    pool.giveBack(this);
  }

  /** (parameters): without the loss. */
  MemorySegment parameters() {
    return parameters;
  }

  boolean isFrom(GradientPool other) {
    return pool == other;
  }
}
