package dev.sampo.parameter;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.Origin;

/** Where a run's first version comes from, if not from the job. */
@FunctionalInterface
public interface SnapshotSource {
  /** Of a store whose runs all begin at version 0. */
  SnapshotSource NONE =
      (shard, origin, fence) -> {
        throw new StoreRefusedException("this store restores nothing: origin=" + origin);
      };

  /**
   * Makes a shard hold the snapshot's version, and nothing else.
   *
   * @param fence under which it is loaded
   * @throws StoreRefusedException if the snapshot is not there, has changed, or is of another
   *     model; the shard holds nothing then
   */
  CommitRecord load(StoredShard shard, Origin origin, Fence fence);
}
