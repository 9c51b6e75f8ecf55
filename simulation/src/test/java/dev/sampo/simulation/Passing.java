package dev.sampo.simulation;

import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.coordinator.CoordinatorOutput;
import dev.sampo.protocol.coordinator.Note;
import dev.sampo.protocol.message.Message.ToNode;
import dev.sampo.protocol.message.Message.ToReplica;
import dev.sampo.protocol.message.Message.ToVoter;
import dev.sampo.protocol.message.Message.ToWorker;

/** Passes on all that a coordinator says. */
class Passing implements CoordinatorOutput {
  private final CoordinatorOutput out;

  Passing(CoordinatorOutput out) {
    this.out = out;
  }

  @Override
  public void toVoter(NodeId voter, ToVoter message) {
    out.toVoter(voter, message);
  }

  @Override
  public void toReplica(Member replica, int shard, ToReplica message) {
    out.toReplica(replica, shard, message);
  }

  @Override
  public void toWorker(WorkerId worker, ToWorker message) {
    out.toWorker(worker, message);
  }

  @Override
  public void toNode(Member node, ToNode message) {
    out.toNode(node, message);
  }

  @Override
  public void note(Note note) {
    out.note(note);
  }
}
