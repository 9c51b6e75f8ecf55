package dev.sampo.protocol.shard;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.message.Message.CopyRequest;
import dev.sampo.protocol.message.Message.Fed;
import dev.sampo.protocol.message.Message.PullParameters;
import dev.sampo.protocol.shard.StepGradient.Whole;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a replica gives to others: parameters to those who compute, blocks of a version to replicas
 * that lack it, and committed steps to learners.
 */
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
   * A learner gets a block of what is committed: the version that Base named. A replica that is
   * behind gets one of the version that recovery found decided.
   */
  void onCopyRequest(Member asker, CopyRequest request, long committed) {
    ShardMembers members = standing.members();
    boolean isReplica = members.replicas().contains(asker);
    boolean isLearner = members.learners().contains(asker);
    CommitRecord newest = memory.newestRecord();
    CommitRecord wanted = isReplica ? newest : isLearner ? memory.recordOf(committed) : null;
    boolean isThere = request.block() >= 0 && request.block() < memory.blocks();
    if (isThere && wanted != null && wanted.version() > request.above()) {
      out.sendBlock(asker, standing.fence(), request.block(), wanted);
    }
  }

  /**
   * A version is committed: the owner tells learners of the step that led to it, and pushes its
   * gradient, once.
   *
   * @param applied the gradient that it applied; null if it has copied the version, or no longer
   *     holds it
   */
  void feed(CommitRecord committed, @Nullable Whole applied) {
    long step = committed.version() - 1;
    List<Member> learners = standing.members().learners();
    if (step < 0 || learners.isEmpty()) {
      return;
    }
    if (committed.decisionOrThrow().skip()) {
      Fed skipped = new Fed(standing.fence(), committed, null);
      learners.forEach(learner -> out.toReplica(learner, skipped));
    } else if (applied != null && applied.step() == step) {
      Fed fed = new Fed(standing.fence(), committed, applied.facts().hash());
      for (Member learner : learners) {
        out.toReplica(learner, fed);
        out.sendGradient(learner, step, applied.facts().hash(), applied.gradient());
      }
    }
  }
}
