package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Message.ToNode;
import dev.sampo.protocol.message.Message.ToReplica;
import dev.sampo.protocol.message.Message.ToVoter;
import dev.sampo.protocol.message.Message.ToWorker;

/** What a coordinator does to the world. Nothing here may block or fail. */
public interface CoordinatorOutput {
  void toVoter(NodeId voter, ToVoter message);

  void toReplica(Member replica, int shard, ToReplica message);

  void toWorker(WorkerId worker, ToWorker message);

  void toNode(Member node, ToNode message);

  /** Something that people and event logs should know. */
  void note(Note note);
}
