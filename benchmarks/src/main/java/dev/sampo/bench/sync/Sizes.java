package dev.sampo.bench.sync;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The vector that is exchanged, cut into shards.
 *
 * @param bytes of the vector, f32
 */
record Sizes(long bytes) {
  static final int PROCESSES = 3;

  /** Four a process, as many as the trainer makes. */
  static final int SHARDS = 4 * PROCESSES;

  Sizes {
    long unit = (long) Float.BYTES * SHARDS;
    bytes = bytes / unit * unit;
  }

  long shardBytes() {
    return bytes / SHARDS;
  }

  static int owner(int shard) {
    return shard % PROCESSES;
  }

  MemorySegment shard(MemorySegment vector, int shard) {
    return vector.asSlice(shard * shardBytes(), shardBytes());
  }

  /** Numbers whose sums are exact, and differ from shard to shard and rank to rank. */
  void fill(MemorySegment vector, int rank) {
    for (int shard = 0; shard < SHARDS; shard++) {
      for (long at = 0; at < shardBytes(); at += Float.BYTES) {
        vector.set(ValueLayout.JAVA_FLOAT, shard * shardBytes() + at, value(rank, shard, at));
      }
    }
  }

  private static float value(int rank, int shard, long at) {
    return (rank + 1) * 1_000 + shard + (at >> 2) % 97;
  }

  /** Checks the sum over all ranks. */
  void check(MemorySegment sum) {
    for (int shard = 0; shard < SHARDS; shard++) {
      for (long at = 0; at < shardBytes(); at += Float.BYTES) {
        float expected = 0;
        for (int rank = 0; rank < PROCESSES; rank++) {
          expected += value(rank, shard, at);
        }
        float found = sum.get(ValueLayout.JAVA_FLOAT, shard * shardBytes() + at);
        if (found != expected) {
          throw new IllegalStateException(
              "every sum is right: shard=%d, at=%d, expected=%s, found=%s"
                  .formatted(shard, at, expected, found));
        }
      }
    }
  }
}
