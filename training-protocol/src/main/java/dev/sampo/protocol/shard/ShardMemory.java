package dev.sampo.protocol.shard;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.GradientFacts;
import dev.sampo.protocol.Origin;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one replica of one parameter shard, as its {@link Replica} sees it: two sides, A
 * for even versions and B for odd ones, each with the commit record that makes it valid, and
 * gradients as opaque handles.
 *
 * <p>Implementations are single-threaded and synchronous. Every result must be the same bits on
 * every machine: only correctly rounded operations, in a fixed order.
 */
public interface ShardMemory {
  /**
   * A gradient over this shard's range (a partial sum or a whole one). Owned by whoever holds it.
   */
  interface Gradient {}

  /**
   * Blocks that a replica asks for and has not got yet, at most: so much a source does for a copy
   * at a time, and the staging area has room for so many.
   */
  int BLOCKS_UNDER_WAY = 2;

  /**
   * Gradients that a learner has at a time, at most: of the steps that are kept for blocks still on
   * their way, and of one that is not known to be committed yet.
   */
  int GRADIENTS_FED = Feed.STEPS + 1;

  /** Records of the valid sides, the newest first; none, one or two. */
  List<CommitRecord> records();

  /** The record of the newest version that is valid; null if none is. */
  default @Nullable CommitRecord newestRecord() {
    List<CommitRecord> records = records();
    return records.isEmpty() ? null : records.getFirst();
  }

  /** The record of {@code version}; null if that is not valid here. */
  default @Nullable CommitRecord recordOf(long version) {
    for (CommitRecord record : records()) {
      if (record.version() == version) {
        return record;
      }
    }
    return null;
  }

  /**
   * The newest version that was whole here once and is not any more: its record was found, but its
   * bytes are others; -1 for none. (A write that was cut short leaves no record.)
   */
  default long damaged() {
    return -1;
  }

  /** Compares the bytes of both sides with their records; a side that differs is valid no more. */
  void check();

  /** Writes version 0 from the job's seed. Both sides must be invalid. */
  CommitRecord initialise();

  /**
   * Loads the version of a snapshot, checked against its digests, and holds nothing else.
   *
   * @param fence under which it is loaded
   * @return why it could not, and then nothing is held; empty if it is
   */
  String restore(Origin origin, Fence fence);

  /** {@code left + right}, element by element; both handles end, the result is the caller's. */
  Gradient add(Gradient left, Gradient right);

  /** Rounded to bf16, to nearest; the handle ends, the result is the caller's. */
  Gradient round(Gradient gradient);

  /** Gives a gradient back. */
  void release(Gradient gradient);

  GradientFacts examine(Gradient gradient);

  /**
   * Applies one optimizer step: invalidates the other side's record, writes version {@code
   * decision.step() + 1} there from the side that holds {@code decision.step()}, then its record.
   *
   * @param gradient the reduced gradient; null if and only if the decision is to skip
   */
  CommitRecord apply(Fence fence, Decision decision, @Nullable Gradient gradient);

  /**
   * Forgets what both sides hold, in every copy of them that a restart could find: what a learner
   * has does not count, and what was given up never comes back.
   */
  void forget();

  /** Into how many blocks a version is cut for copies: the same in all replicas, at least 1. */
  int blocks();

  /**
   * Writes a block whose bytes were copied from another replica into this memory's staging area.
   * The side of that version is no version until it is sealed.
   */
  void takeBlock(int block, long version);

  /**
   * As {@link #apply}, for one block alone: reads it in the side of version {@code
   * decision.step()}, and writes it in the other side, which is no version until it is sealed.
   */
  void stepBlock(int block, Decision decision, @Nullable Gradient gradient);

  /**
   * Makes a side of which every block was written a version, if its bytes hash to that record.
   *
   * @return whether they do
   */
  boolean seal(CommitRecord record);
}
