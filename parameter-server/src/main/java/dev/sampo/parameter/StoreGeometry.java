package dev.sampo.parameter;

import dev.sampo.protocol.JobId;
import dev.sampo.protocol.ShardRange;
import java.util.List;

/**
 * What decides the shape of a job's store. Bits and digests do not depend on the block size.
 *
 * @param ranges the job's shards, in shard order
 * @param blockParameters parameters of a block: a multiple of {@link ShardRange#ALIGNMENT}
 * @param stateFloats floats of optimizer state a parameter: 2 for AdamW
 */
public record StoreGeometry(
    JobId job, List<ShardRange> ranges, int blockParameters, int stateFloats) {
  /**
   * Blocks of 16 Ki parameters: a step reads and writes 448 KiB for one with AdamW's state, which
   * stays in a core's second cache until it is hashed.
   */
  public static final int DEFAULT_BLOCK_PARAMETERS = 16 * 1024;

  /**
   * Blocks that travel together to another replica: 12 MiB with AdamW's state, long enough for the
   * path's full rate, and copied out between two messages.
   */
  private static final int BLOCKS_OF_A_COPY = 64;

  private static final int MAX_BLOCK_BYTES = 1 << 30;

  public StoreGeometry {
    ranges = List.copyOf(ranges);
    if (blockParameters < ShardRange.ALIGNMENT
        || blockParameters % ShardRange.ALIGNMENT != 0
        || stateFloats < 0
        || (1L + stateFloats) * blockParameters * Float.BYTES > MAX_BLOCK_BYTES) {
      throw new IllegalArgumentException(
          "a block is a multiple of "
              + ShardRange.ALIGNMENT
              + " parameters and at most "
              + MAX_BLOCK_BYTES
              + " bytes: blockParameters="
              + blockParameters
              + ", stateFloats="
              + stateFloats);
    }
    for (int shard = 0; shard < ranges.size(); shard++) {
      ShardRange range = ranges.get(shard);
      if (range.shard() != shard || range.parameters() < 1) {
        throw new IllegalArgumentException(
            "ranges come in shard order and none is empty: position=" + shard + ", range=" + range);
      }
    }
  }

  /** The cut of {@code parameters} into {@code shards}, in blocks of the usual size. */
  public static StoreGeometry of(JobId job, long parameters, int shards, int stateFloats) {
    return new StoreGeometry(
        job, ShardRange.cut(parameters, shards), DEFAULT_BLOCK_PARAMETERS, stateFloats);
  }

  ShardRange range(int shard) {
    if (shard < 0 || shard >= ranges.size()) {
      throw new IllegalArgumentException(
          "a job has shards 0.." + (ranges.size() - 1) + ": job=" + job + ", shard=" + shard);
    }
    return ranges.get(shard);
  }

  int blocks(ShardRange range) {
    return Math.toIntExact((range.parameters() + blockParameters - 1) / blockParameters);
  }

  /** Parameters of what is copied to another replica at once. */
  long copyParameters() {
    return (long) BLOCKS_OF_A_COPY * blockParameters;
  }

  /** The bytes of both sides of all shards, in whole blocks. */
  public long storeBytes() {
    return 2 * ranges.stream().mapToLong(this::blocks).sum() * blockBytes();
  }

  int blockBytes() {
    return (1 + stateFloats) * blockParameters * Float.BYTES;
  }

  /** The bytes of one side of a shard as they travel: parameters, then each kind of state. */
  long sideBytes(ShardRange range) {
    return (1 + stateFloats) * range.parameters() * Float.BYTES;
  }
}
