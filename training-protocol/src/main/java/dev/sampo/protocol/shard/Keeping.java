package dev.sampo.protocol.shard;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.Member;
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
  private final int shard;
  private final ShardMemory memory;
  private final ReplicaOutput out;
  private @Nullable CommitRecord kept;
  private @Nullable WrittenPart written;
  private @Nullable Publish publishing;
  private @Nullable Published published;

  Keeping(int shard, ShardMemory memory, ReplicaOutput out) {
    this.shard = shard;
    this.memory = memory;
    this.out = out;
  }

  /** A version that is not here, or has other bits, is not kept: who asks hears why. */
  void onKeep(Member coordinator, Keep keep) {
    CommitRecord wanted = keep.record();
    if (kept == null || !kept.sameBits(wanted)) {
      CommitRecord held = memory.recordOf(wanted.version());
      if (held == null || !held.sameBits(wanted)) {
        String why = "the keeper does not hold the version: shard=" + shard;
        out.toCoordinator(
            coordinator, new Written(keep.fence(), new WrittenPart(shard, wanted, 0, why)));
        return;
      }
      kept = wanted;
      written = null;
      out.keep(held);
    }
    out.toCoordinator(coordinator, new Kept(keep.fence(), shard, wanted.version()));
    if (written != null) {
      out.toCoordinator(coordinator, new Written(keep.fence(), written));
    }
  }

  void onWritten(@Nullable Member coordinator, @Nullable Fence fence, WrittenPart part) {
    if (kept != null && kept.sameBits(part.record())) {
      written = part;
      if (coordinator != null && fence != null) {
        out.toCoordinator(coordinator, new Written(fence, part));
      }
    }
  }

  void onPublish(Member coordinator, Publish publish) {
    Published done = published;
    boolean again = publishing != null && publishing.parts().equals(publish.parts());
    if (!again) {
      publishing = publish;
      published = null;
      out.publish(publish);
    } else if (done != null) {
      out.toCoordinator(
          coordinator, new Published(publish.fence(), done.version(), done.failure(), done.told()));
    }
  }

  void onPublished(@Nullable Member coordinator, @Nullable Fence fence, Published done) {
    published = done;
    if (coordinator != null && fence != null) {
      out.toCoordinator(
          coordinator, new Published(fence, done.version(), done.failure(), done.told()));
    }
  }
}
