package dev.sampo.protocol.shard;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Examples;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Message;
import dev.sampo.protocol.message.Message.CopyRequest;
import dev.sampo.protocol.message.Message.PieceAnswer;
import dev.sampo.protocol.message.Message.Publish;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Message.ToReplica;
import java.util.ArrayList;
import java.util.List;

/** Keeps what a replica did to the world. */
final class RecordingOutput implements ReplicaOutput {
  /** Bytes that went to someone. */
  record Bytes(Member to, String what) {}

  private final List<Message> said = new ArrayList<>();
  private final List<Member> asked = new ArrayList<>();
  private final List<Bytes> sent = new ArrayList<>();

  /** What was said since the last call, of one kind. */
  <M extends Message> List<M> take(Class<M> kind) {
    List<M> taken = said.stream().filter(kind::isInstance).map(kind::cast).toList();
    said.clear();
    return taken;
  }

  <M extends Message> M last(Class<M> kind) {
    return take(kind).getLast();
  }

  List<Bytes> takeBytes() {
    List<Bytes> taken = List.copyOf(sent);
    sent.clear();
    return taken;
  }

  @Override
  public void toCoordinator(Member coordinator, ToCoordinator message) {
    said.add(message);
  }

  /** Whom copies were asked of since the last call. */
  List<Member> takeAsked() {
    List<Member> taken = List.copyOf(asked);
    asked.clear();
    return taken;
  }

  @Override
  public void toReplica(Member replica, ToReplica message) {
    if (message instanceof CopyRequest) {
      asked.add(replica);
    }
    said.add(message);
  }

  @Override
  public void toWorker(WorkerId worker, PieceAnswer answer) {
    said.add(answer);
  }

  @Override
  public void sendGradient(Member replica, long step, Digest hash, ShardMemory.Gradient gradient) {
    sent.add(new Bytes(replica, "gradient of step " + step));
  }

  @Override
  public void sendParameters(Member node, CommitRecord record) {
    sent.add(new Bytes(node, "parameters of version " + record.version()));
  }

  @Override
  public void keep(CommitRecord record) {
    sent.add(new Bytes(Member.anyOf(Examples.A), "kept " + record.version()));
  }

  @Override
  public void publish(Publish publish) {
    said.add(publish);
  }

  @Override
  public void sendBlock(Member replica, Fence fence, int block, CommitRecord record) {
    sent.add(new Bytes(replica, "block " + block + " of version " + record.version()));
  }
}
