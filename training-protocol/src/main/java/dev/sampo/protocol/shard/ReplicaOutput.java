package dev.sampo.protocol.shard;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Message.PieceAnswer;
import dev.sampo.protocol.message.Message.Publish;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Message.ToReplica;

/**
 * What a replica does to the world. Nothing here may block or fail: a message that is lost is asked
 * for again.
 */
public interface ReplicaOutput {
  void toCoordinator(Member coordinator, ToCoordinator message);

  /** To another replica of the same shard. */
  void toReplica(Member replica, ToReplica message);

  void toWorker(WorkerId worker, PieceAnswer answer);

  /** Sends the bytes of the whole gradient of {@code step}. The gradient stays this replica's. */
  void sendGradient(Member replica, long step, Digest hash, ShardMemory.Gradient gradient);

  /** Sends the parameters of a version that this replica holds. */
  void sendParameters(Member node, CommitRecord record);

  /**
   * Copies the side of a version before it returns, writes the copy in its own time, and tells
   * {@link Replica#onWritten}.
   */
  void keep(CommitRecord record);

  /** Makes a snapshot visible if all its parts are there, and tells {@link Replica#onPublished}. */
  void publish(Publish publish);

  /**
   * Sends parameters and optimizer state of one block of a version that this replica holds, as they
   * are now.
   *
   * @param fence under which it was asked for
   */
  void sendBlock(Member replica, Fence fence, int block, CommitRecord record);
}
