package dev.sampo.protocol.shard;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.message.Message.Applied;
import dev.sampo.protocol.message.Message.CaughtUp;
import dev.sampo.protocol.message.Message.CopyFrom;
import dev.sampo.protocol.message.Message.CopyRequest;
import org.jspecify.annotations.Nullable;

/**
 * How a replica comes by a version that it did not make: it takes over what another has made, if
 * recovery found it a version behind, or if it is a learner.
 */
final class Copying {
  private final Standing standing;
  private final ShardMemory memory;
  private final Soundness soundness;
  private final ReplicaOutput out;
  private @Nullable CopyFrom wanted;

  Copying(Standing standing, ShardMemory memory, Soundness soundness, ReplicaOutput out) {
    this.standing = standing;
    this.memory = memory;
    this.soundness = soundness;
    this.out = out;
  }

  /** A new fence: recovery has told nothing yet. */
  void wantNothing() {
    wanted = null;
  }

  /** Recovery has told which version is to be taken from whom. */
  void onCopyFrom(CopyFrom told) {
    CommitRecord newest = memory.newestRecord();
    if (newest != null && newest.version() == told.record().version()) {
      standing.answer(new Applied(told.fence(), standing.shard(), newest));
      return;
    }
    wanted = told;
    out.toReplica(told.source(), new CopyRequest(told.fence(), versionOf(newest)));
  }

  /**
   * A whole version has arrived.
   *
   * @return whether a replica that counts took it over
   */
  boolean onCopy(CommitRecord record) {
    if (standing.role() == Role.LEARNER) {
      if (adoptNewer(record)) {
        standing.answer(new CaughtUp(standing.fence(), standing.shard(), record));
      }
      return false;
    }
    boolean adopted = adoptWanted(record);
    if (adopted) {
      standing.answer(new Applied(standing.fence(), standing.shard(), record));
    }
    return adopted;
  }

  /** A learner takes what is newer than what it has. A late, older copy would send it back. */
  private boolean adoptNewer(CommitRecord record) {
    CommitRecord newest = memory.newestRecord();
    if (newest != null && record.version() <= newest.version()) {
      return false;
    }
    // What it had may be of a run that was given up: it must not stand beside what is true.
    memory.forget();
    return adopt(record);
  }

  /** A replica takes what it was told to take, once. */
  private boolean adoptWanted(CommitRecord record) {
    boolean adopted = wanted != null && wanted.record().sameBits(record) && adopt(record);
    if (adopted) {
      wanted = null;
    }
    return adopted;
  }

  private boolean adopt(CommitRecord record) {
    boolean adopted = memory.adoptCopy(record);
    if (adopted) {
      soundness.onWritten();
    }
    return adopted;
  }

  /** Only a learner itself knows what it lacks: it asks again for something newer. */
  void onTick() {
    if (standing.role() == Role.LEARNER) {
      CommitRecord newest = memory.newestRecord();
      if (newest != null) {
        standing.answer(new CaughtUp(standing.fence(), standing.shard(), newest));
      }
      out.toReplica(
          standing.members().owner(), new CopyRequest(standing.fence(), versionOf(newest)));
    }
  }

  private static long versionOf(@Nullable CommitRecord record) {
    return record == null ? -1 : record.version();
  }
}
