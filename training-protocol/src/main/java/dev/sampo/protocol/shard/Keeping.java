package dev.sampo.protocol.shard;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.message.Message.Keep;
import dev.sampo.protocol.message.Message.Kept;
import dev.sampo.protocol.message.Message.Publish;
import dev.sampo.protocol.message.Message.Published;
import dev.sampo.protocol.message.Message.Written;
import dev.sampo.protocol.message.WrittenPart;
import org.jspecify.annotations.Nullable;

/**
 * A replica's part in snapshots: the newest version that it was asked to keep. Once copied it is
 * independent of the sides; what is written of it must be of the committed bits, whoever leads by
 * then, so the answer is the same under every fence.
 */
final class Keeping {
  private final Standing standing;
  private final ShardMemory memory;
  private final ReplicaOutput out;
  private @Nullable CommitRecord kept;
  private @Nullable WrittenPart written;
  private @Nullable Publish publishing;
  private @Nullable Published published;

  Keeping(Standing standing, ShardMemory memory, ReplicaOutput out) {
    this.standing = standing;
    this.memory = memory;
    this.out = out;
  }

  /** A version that is not here, or has other bits, is not kept: who asks hears why. */
  void onKeep(Keep keep) {
    int shard = standing.shard();
    CommitRecord wanted = keep.record();
    if (kept == null || !kept.sameBits(wanted)) {
      CommitRecord held = memory.recordOf(wanted.version());
      if (held == null || !held.sameBits(wanted)) {
        String why = "the keeper does not hold the version: shard=" + shard;
        standing.answer(new Written(keep.fence(), new WrittenPart(shard, wanted, 0, why)));
        return;
      }
      kept = wanted;
      written = null;
      out.keep(held);
    }
    standing.answer(new Kept(keep.fence(), shard, wanted.version()));
    if (written != null) {
      standing.answer(new Written(keep.fence(), written));
    }
  }

  void onWritten(WrittenPart part) {
    if (kept != null && kept.sameBits(part.record())) {
      written = part;
      standing.answer(new Written(standing.fence(), part));
    }
  }

  void onPublish(Publish publish) {
    Published done = published;
    boolean again = publishing != null && publishing.parts().equals(publish.parts());
    if (!again) {
      publishing = publish;
      published = null;
      out.publish(publish);
    } else if (done != null) {
      standing.answer(new Published(publish.fence(), done.version(), done.failure(), done.told()));
    }
  }

  void onPublished(Published done) {
    published = done;
    standing.answer(new Published(standing.fence(), done.version(), done.failure(), done.told()));
  }
}
