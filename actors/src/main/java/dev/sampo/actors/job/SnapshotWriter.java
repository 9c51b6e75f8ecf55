package dev.sampo.actors.job;

import dev.sampo.parameter.SideCopy;
import dev.sampo.parameter.StoreRefusedException;
import dev.sampo.parameter.snapshot.Manifest;
import dev.sampo.parameter.snapshot.ShardPart;
import dev.sampo.parameter.snapshot.SnapshotFolder;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.ShardRange;
import dev.sampo.protocol.message.Message.Publish;
import dev.sampo.protocol.message.Message.Published;
import dev.sampo.protocol.message.WrittenPart;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes one node's parts of a job's snapshots, and the manifest that makes one visible. For
 * threads that may wait for the disk; those of several shards may use it at once.
 *
 * @param stateFloats floats of optimizer state a parameter
 */
record SnapshotWriter(JobContext job, int stateFloats) {
  /** Writes a part, and gives the copy back. */
  WrittenPart write(int shard, SideCopy copy) {
    CommitRecord record = copy.record();
    try (copy) {
      ShardPart part = folder().write(job.id(), job.ranges().get(shard), copy);
      return new WrittenPart(shard, record, part.bytes(), "");
    } catch (StoreRefusedException e) {
      return new WrittenPart(shard, record, 0, String.valueOf(e.getMessage()));
    }
  }

  /** Makes the snapshot visible, if all its parts are where this node looks. */
  Published publish(Publish publish) {
    CommitRecord first = publish.parts().getFirst().record();
    List<ShardPart> parts = new ArrayList<>();
    for (WrittenPart written : publish.parts()) {
      ShardRange range = job.ranges().get(written.shard());
      parts.add(SnapshotFolder.part(range, written.record(), written.bytes()));
    }
    Manifest manifest =
        new Manifest(
            job.id(),
            job.spec().text(),
            first.version(),
            first.version() * job.spec().slots(),
            publish.fence(),
            first.decision(),
            JobModel.precisionOf(job.recipe()),
            stateFloats,
            parts);
    try {
      folder().publish(manifest);
    } catch (StoreRefusedException e) {
      String why = e.getMessage() + "; node.snapshots must be one folder for all nodes";
      return new Published(publish.fence(), first.version(), why, "");
    }
    return new Published(publish.fence(), first.version(), "", job.snapshots() + removeOlderOnes());
  }

  /** What could not be removed does not make the new one worse: empty, or why. */
  private String removeOlderOnes() {
    try {
      folder().keep(job.spec().snapshots().keep());
      return "";
    } catch (StoreRefusedException e) {
      return "; " + e.getMessage();
    }
  }

  private SnapshotFolder folder() {
    return new SnapshotFolder(job.snapshots());
  }
}
