package dev.sampo.protocol.shard;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.message.Message.CopyRequest;
import dev.sampo.protocol.message.Message.PullParameters;
import java.util.List;

/** What a replica gives to others: parameters to those who compute, whole versions to replicas. */
final class Serving {
  private final Standing standing;
  private final ShardMemory memory;
  private final ReplicaOutput out;
  private List<Member> computing = List.of();

  Serving(Standing standing, ShardMemory memory, ReplicaOutput out) {
    this.standing = standing;
    this.memory = memory;
    this.out = out;
  }

  /** These nodes want the parameters of the next version as soon as it is made. */
  void computing(List<Member> nodes) {
    computing = nodes;
  }

  void push(CommitRecord made) {
    computing.forEach(node -> out.sendParameters(node, made));
  }

  /** Under any fence: whoever asks says which bits it wants. */
  void onPull(Member node, PullParameters pull) {
    CommitRecord held = memory.recordOf(pull.version());
    if (held != null && held.parameters().equals(pull.parameters())) {
      out.sendParameters(node, held);
    }
  }

  /**
   * A learner gets what is committed: the version that Base named. A replica that is behind gets
   * the version that recovery found decided.
   */
  void onCopyRequest(Member asker, CopyRequest request, long committed) {
    ShardMembers members = standing.members();
    boolean isReplica = members.replicas().contains(asker);
    boolean isLearner = members.learners().contains(asker);
    CommitRecord newest = memory.newestRecord();
    CommitRecord wanted = isReplica ? newest : isLearner ? memory.recordOf(committed) : null;
    if (wanted != null && wanted.version() > request.have()) {
      out.sendCopy(asker, wanted);
    }
  }
}
