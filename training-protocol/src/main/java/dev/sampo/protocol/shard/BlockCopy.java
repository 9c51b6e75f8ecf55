package dev.sampo.protocol.shard;

import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntPredicate;

/**
 * How far a copy of a shard is, block by block: a block is whole, at a version of its own, which
 * only rises.
 */
final class BlockCopy {
  private static final long NONE = -1;

  private final long[] versions;
  private final BitSet asked = new BitSet();
  private boolean moved;

  BlockCopy(int blocks) {
    this.versions = new long[blocks];
    Arrays.fill(versions, NONE);
  }

  int blocks() {
    return versions.length;
  }

  /** The version of a block that is here, -1 for none. */
  long version(int block) {
    return versions[block];
  }

  /** That of the block that is furthest behind, -1 if one is not here. */
  long oldest() {
    long oldest = Long.MAX_VALUE;
    for (long version : versions) {
      oldest = Math.min(oldest, version);
    }
    return oldest;
  }

  boolean isAt(long version) {
    for (long each : versions) {
      if (each != version) {
        return false;
      }
    }
    return true;
  }

  /** Whether a block of that version would bring something new. */
  boolean wants(int block, long version) {
    return block < versions.length && versions[block] < version;
  }

  void raise(int block, long version) {
    versions[block] = version;
    asked.clear(block);
    moved = true;
  }

  /**
   * Which block to ask for next: of those that {@code lacks} names and nobody was asked for, the
   * one that is furthest behind. It counts as asked for.
   *
   * @return -1 if there is none, or enough are under way
   */
  int next(IntPredicate lacks) {
    if (asked.cardinality() >= ShardMemory.BLOCKS_UNDER_WAY) {
      return -1;
    }
    int next = -1;
    for (int block = 0; block < versions.length; block++) {
      boolean open = !asked.get(block) && lacks.test(block);
      if (open && (next < 0 || versions[block] < versions[next])) {
        next = block;
      }
    }
    if (next >= 0) {
      asked.set(next);
    }
    return next;
  }

  /** Whether nothing came since the last call: then nothing counts as asked for any more. */
  boolean stands() {
    boolean stands = !moved;
    moved = false;
    if (stands) {
      asked.clear();
    }
    return stands;
  }

  /** What was asked for will not be answered. */
  void askAnew() {
    asked.clear();
  }

  /** From the start. */
  void forget() {
    Arrays.fill(versions, NONE);
    asked.clear();
    moved = false;
  }
}
