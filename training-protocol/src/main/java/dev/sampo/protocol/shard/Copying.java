package dev.sampo.protocol.shard;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.message.Message.Applied;
import dev.sampo.protocol.message.Message.CopyFrom;
import dev.sampo.protocol.message.Message.CopyRequest;
import org.jspecify.annotations.Nullable;

/**
 * How a replica that recovery found a version behind comes by it: it takes over what another has
 * made, block by block.
 */
final class Copying {
  private final Standing standing;
  private final ShardMemory memory;
  private final Soundness soundness;
  private final ReplicaOutput out;
  private final BlockCopy copy;
  private @Nullable CopyFrom wanted;

  Copying(Standing standing, ShardMemory memory, Soundness soundness, ReplicaOutput out) {
    this.standing = standing;
    this.memory = memory;
    this.soundness = soundness;
    this.out = out;
    this.copy = new BlockCopy(memory.blocks());
  }

  /** A new fence: recovery has told nothing yet. */
  void wantNothing() {
    wanted = null;
  }

  /** Recovery has told which version is to be taken from whom; it repeats that. */
  void onCopyFrom(CopyFrom told) {
    CommitRecord newest = memory.newestRecord();
    if (newest != null && newest.version() == told.record().version()) {
      standing.answer(new Applied(told.fence(), standing.shard(), newest));
      return;
    }
    if (!told.equals(wanted)) {
      wanted = told;
      copy.forget();
    }
    if (copy.stands()) {
      ask(told);
    }
  }

  /**
   * A block has arrived in the staging area.
   *
   * @return whether the version is whole now
   */
  boolean onBlock(int block, CommitRecord record) {
    CopyFrom told = wanted;
    if (told == null || !told.record().sameBits(record) || !copy.wants(block, record.version())) {
      return false;
    }
    memory.takeBlock(block, record.version());
    copy.raise(block, record.version());
    boolean isWhole = copy.isAt(record.version());
    if (isWhole && memory.seal(told.record())) {
      wanted = null;
      soundness.onWritten();
      standing.answer(new Applied(standing.fence(), standing.shard(), record));
      return true;
    }
    if (isWhole) {
      copy.forget();
    }
    ask(told);
    return false;
  }

  private void ask(CopyFrom told) {
    long above = told.record().version() - 1;
    for (int block = next(told); block >= 0; block = next(told)) {
      out.toReplica(told.source(), new CopyRequest(told.fence(), block, above));
    }
  }

  private int next(CopyFrom told) {
    return copy.next(block -> copy.wants(block, told.record().version()));
  }
}
