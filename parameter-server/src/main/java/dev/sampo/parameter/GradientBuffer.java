package dev.sampo.parameter;

import dev.sampo.device.LargePages;
import dev.sampo.protocol.ShardRange;
import dev.sampo.protocol.shard.ShardMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A gradient over one shard's range, off-heap, lent by a {@link GradientPool}. Whoever holds it may
 * touch it, from one thread at a time.
 */
public final class GradientBuffer implements ShardMemory.Gradient {
  private static final long LINE_BYTES = 64;

  /** A part of every job's history: sums of squares are folded chunk by chunk. */
  private static final long CHUNK_BYTES = 256 * 1024;

  private final GradientPool pool;
  private final MemorySegment segment;
  private final MemorySegment parameters;
  private final List<MemorySegment> chunks;
  private final List<MemorySegment> parameterChunks;
  private final List<MemorySegment> blocks;

  /** Guarded by the pool's lock. */
  int holders;

  GradientBuffer(GradientPool pool, ShardRange range, int blockParameters, Arena arena) {
    this.pool = pool;
    long bytes = range.gradientFloats() * Float.BYTES;
    // Whole cache lines: two buffers never share one.
    long lines = (bytes + LINE_BYTES - 1) / LINE_BYTES;
    this.segment = LargePages.allocate(arena, lines * LINE_BYTES).asSlice(0, bytes);
    this.parameters = segment.asSlice(0, range.parameters() * Float.BYTES);
    this.chunks = cut(segment, CHUNK_BYTES);
    this.parameterChunks = cut(parameters, CHUNK_BYTES);
    this.blocks = cut(parameters, (long) blockParameters * Float.BYTES);
  }

  /** (gradientFloats): the parameters' gradient, then in the last shard the sum of the losses. */
  public MemorySegment segment() {
    return segment;
  }

  /** One more holder, who only reads, and releases it too. */
  public void hold() {
    pool.hold(this);
  }

  /** Gives it back to its pool, unless others hold it. */
  public void release() {
    pool.giveBack(this);
  }

  /** (parameters): without the loss. */
  MemorySegment parameters() {
    return parameters;
  }

  /** All of it in pieces that fit a core's cache: a pass over it works piece by piece. */
  List<MemorySegment> chunks() {
    return chunks;
  }

  /**
   * The parameters' part in pieces whose cut no setting changes: sums over them are the same bits
   * everywhere.
   */
  List<MemorySegment> parameterChunks() {
    return parameterChunks;
  }

  /** The parameters' part as the store cuts it into blocks. */
  List<MemorySegment> blocks() {
    return blocks;
  }

  private static List<MemorySegment> cut(MemorySegment whole, long bytes) {
    List<MemorySegment> pieces = new ArrayList<>();
    for (long at = 0; at < whole.byteSize(); at += bytes) {
      pieces.add(whole.asSlice(at, Math.min(bytes, whole.byteSize() - at)));
    }
    return List.copyOf(pieces);
  }

  boolean isFrom(GradientPool other) {
    return pool == other;
  }
}
