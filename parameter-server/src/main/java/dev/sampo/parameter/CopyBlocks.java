package dev.sampo.parameter;

import dev.sampo.device.Precision;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.ShardRange;
import dev.sampo.protocol.shard.ShardMemory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A shard in the blocks in which it is copied, and the memory in which they leave and arrive.
 * Belongs to the shard's thread, but for writing into what {@link #staging} gave.
 */
public final class CopyBlocks implements AutoCloseable {
  private final List<CopyBlock> blocks;
  private final Precision precision;
  private final MappedFile file;

  /** By side: the blocks that nobody has written yet. */
  private final List<BitSet> untouched;

  private final long longestBytes;
  private final SpareMemory leaving;
  private @Nullable StagingArea staging;
  private @Nullable MemorySegment staged;

  /**
   * @param file in which the shard's sides lie
   * @param untouched whether nobody has written there yet
   */
  CopyBlocks(List<CopyBlock> blocks, Precision precision, MappedFile file, boolean untouched) {
    this.untouched = List.of(new BitSet(), new BitSet());
    this.untouched.forEach(side -> side.set(0, blocks.size(), untouched));
    this.precision = precision;
    this.blocks = blocks;
    this.file = file;
    this.longestBytes = blocks.stream().mapToLong(CopyBlock::bytes).max().orElseThrow();
    this.leaving = new SpareMemory(longestBytes, places(blocks.size()));
  }

  /** What {@link #staging} takes for all shards of a store together. */
  public static long placesBytes(StoreGeometry geometry, ShardArithmetic arithmetic) {
    long parameters = 0;
    for (ShardRange range : geometry.ranges()) {
      List<Long> counts = CopyBlock.counts(range, geometry.copyParameters(), arithmetic);
      parameters += places(counts.size()) * Collections.max(counts);
    }
    return parameters * (1 + geometry.stateFloats()) * Float.BYTES;
  }

  private static int places(int blocks) {
    return Math.min(ShardMemory.BLOCKS_UNDER_WAY, blocks);
  }

  int size() {
    return blocks.size();
  }

  CopyBlock get(int block) {
    return blocks.get(block);
  }

  /** The bytes of a block as it travels. */
  public long bytes(int block) {
    return blocks.get(block).bytes();
  }

  /**
   * A copy of one block as it travels: parameters (n), then each kind of state (n). The caller's to
   * close.
   *
   * @param held a record of the shard's
   */
  public SideCopy copyOut(int block, CommitRecord held) {
    CopyBlock part = blocks.get(block);
    SideCopy copy = new SideCopy(held, precision, leaving, part.bytes());
    part.side(held.version()).copyTo(copy.segment());
    return copy;
  }

  /**
   * Where blocks that come from another replica are put: places for as many as may be under way,
   * each with room for the longest. The memory is taken at the first call.
   */
  public List<MemorySegment> staging() {
    StagingArea area = staging;
    int places = places(blocks.size());
    if (area == null) {
      area = new StagingArea(places * longestBytes);
      staging = area;
    }
    List<MemorySegment> segments = new ArrayList<>();
    for (int place = 0; place < places; place++) {
      segments.add(area.segment().asSlice(place * longestBytes, longestBytes));
    }
    return List.copyOf(segments);
  }

  /** Says where the block lies that {@link StoredShard#takeBlock} takes next. */
  public void stage(MemorySegment bytes) {
    staged = bytes;
  }

  /** The whole side of a version is about to be written. */
  void bringIn(long version) {
    for (int block = 0; block < blocks.size(); block++) {
      bringIn(block, version);
    }
  }

  /** A block of a version is about to be written, every byte of it. */
  void bringIn(int block, long version) {
    BitSet unwritten = untouched.get(RecordSlots.slotOf(version));
    if (unwritten.get(block)) {
      unwritten.clear(block);
      blocks.get(block).side(version).bringIn(file);
    }
  }

  /**
   * Brings in a block that the next step will want, if there is one: for spare moments.
   *
   * @param newest the version that is held, if any
   */
  public void bringInAhead(@Nullable CommitRecord newest) {
    if (newest != null) {
      long version = newest.version() + 1;
      int next = untouched.get(RecordSlots.slotOf(version)).nextSetBit(0);
      if (next >= 0) {
        bringIn(next, version);
      }
    }
  }

  void take(int block, long version) {
    MemorySegment bytes = staged;
    if (bytes == null || bytes.byteSize() != blocks.get(block).bytes()) {
      throw new IllegalStateException(
          "a block is staged before it is taken: block="
              + block
              + ", bytes="
              + blocks.get(block).bytes()
              + ", staged="
              + (bytes == null ? 0 : bytes.byteSize()));
    }
    staged = null;
    blocks.get(block).side(version).copyFrom(bytes, file);
    untouched.get(RecordSlots.slotOf(version)).clear(block);
  }

  /** Gives that memory back: a late write into it throws. */
  public void releaseStaging() {
    StagingArea area = staging;
    if (area != null) {
      staging = null;
      staged = null;
      area.close();
    }
  }

  @Override
  public void close() {
    releaseStaging();
    leaving.close();
  }
}
