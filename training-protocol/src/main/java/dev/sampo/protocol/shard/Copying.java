package dev.sampo.protocol.shard;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.message.Message.CopyFrom;
import org.jspecify.annotations.Nullable;

/** How a replica comes by a version that it did not make: it takes over what another has made. */
final class Copying {
  private final ShardMemory memory;
  private final Soundness soundness;
  private @Nullable CopyFrom wanted;

  Copying(ShardMemory memory, Soundness soundness) {
    this.memory = memory;
    this.soundness = soundness;
  }

  /** Recovery has told which version is to be taken from whom; null under a new fence. */
  void want(@Nullable CopyFrom told) {
    wanted = told;
  }

  /** A learner takes what is newer than what it has. A late, older copy would send it back. */
  boolean adoptNewer(CommitRecord record) {
    CommitRecord newest = memory.newestRecord();
    boolean newer = newest == null || record.version() > newest.version();
    return newer && adopt(record);
  }

  /** A replica takes what it was told to take, once. */
  boolean adoptWanted(CommitRecord record) {
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
}
