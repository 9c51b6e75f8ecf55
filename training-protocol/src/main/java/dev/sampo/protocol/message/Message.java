package dev.sampo.protocol.message;

import dev.sampo.protocol.Ballot;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.GradientFacts;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.Term;
import dev.sampo.protocol.tree.TreeNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Everything that is said on the control plane, by whom it is meant for. */
public sealed interface Message {

  sealed interface ToVoter extends Message {}

  sealed interface ToCoordinator extends Message {}

  /** Meant for one replica (or learner) of one parameter shard. */
  sealed interface ToReplica extends Message {}

  /** Meant for one device's worker. */
  sealed interface ToWorker extends Message {}

  /** Something to compute from version {@code step}, which is committed with these bits. */
  sealed interface Work extends ToWorker {
    Fence fence();

    JobId job();

    long step();

    Digest baseHash();

    List<Digest> parameters();

    List<Member> owners();
  }

  /** Meant for a node as a whole: its parameter mirror, its log, its observers. */
  sealed interface ToNode extends Message {}

  // The register.

  record Prepare(Term term) implements ToVoter {}

  record Accept(Term term, Configuration configuration) implements ToVoter {}

  record Promised(Term term, @Nullable Ballot accepted) implements ToCoordinator {}

  record Accepted(Term term, long number) implements ToCoordinator {}

  /** The term asked with is below the promised one, or the number below the accepted one. */
  record Refused(Term asked, Term promised) implements ToCoordinator {
    /**
     * Whether the reign of {@code term} is over. A late repeat of an older {@link Accept} of the
     * same reign is refused too, and that means nothing.
     */
    public boolean forbids(Term term) {
      return asked.equals(term) && promised.compareTo(term) > 0;
    }
  }

  // After every change of fence.

  /**
   * Asks what a replica or worker holds.
   *
   * @param scrutiny what a replica must check before it answers
   */
  record Report(Fence fence, Configuration configuration, Scrutiny scrutiny)
      implements ToReplica, ToWorker {}

  record Reported(Fence fence, int shard, ReplicaReport report) implements ToCoordinator {}

  record WorkerReported(Fence fence, WorkerReport report) implements ToCoordinator {}

  /** A receiver knows a higher fence than the message had. */
  record Fenced(Fence asked, Fence known) implements ToCoordinator {}

  // A step, coordinator to owners and replicas.

  /**
   * Version {@code step} is committed with these bits.
   *
   * @param computing the nodes that want the next version's parameters
   * @param clearance of the gradient of the step from this version
   */
  record Base(Fence fence, long step, Digest baseHash, List<Member> computing, Clearance clearance)
      implements ToReplica {}

  /**
   * Which slots of the step's gradient the owner has.
   *
   * @param seen of audited slots: what has just come, or all, in answer to {@link Base}
   */
  record Coverage(Fence fence, int shard, long step, List<TreeNode> held, List<Sighting> seen)
      implements ToCoordinator {}

  record Reduced(Fence fence, int shard, long step, GradientFacts facts) implements ToCoordinator {}

  /**
   * The optimizer step, decided.
   *
   * @param gradient the hash of this shard's gradient; null when the step is skipped
   */
  record Apply(Fence fence, @Nullable Digest gradient, Decision decision) implements ToReplica {}

  record Applied(Fence fence, int shard, CommitRecord record) implements ToCoordinator {}

  /** The replica holds another gradient than the one to be applied, or none. */
  record LacksGradient(Fence fence, int shard, long step) implements ToCoordinator {}

  /** A learner has this version whole and verified. */
  record CaughtUp(Fence fence, int shard, CommitRecord record) implements ToCoordinator {}

  /** Recovery: this replica is a version behind and takes it from {@code source}. */
  record CopyFrom(Fence fence, Member source, CommitRecord record) implements ToReplica {}

  // Snapshots.

  /** Asks for a copy of a committed version, to be written as this shard's part of a snapshot. */
  record Keep(Fence fence, CommitRecord record) implements ToReplica {}

  /** The version is copied: its side may be overwritten. */
  record Kept(Fence fence, int shard, long version) implements ToCoordinator {}

  /** The part is on the disk; or it is not, and {@code part.failure} says why. */
  record Written(Fence fence, WrittenPart part) implements ToCoordinator {}

  /**
   * Asks the keeper of shard 0 to make a snapshot visible.
   *
   * @param parts of all shards, in their order, with the committed digests
   */
  record Publish(Fence fence, List<WrittenPart> parts) implements ToReplica {}

  /**
   * It is visible and whole; or it is not.
   *
   * @param failure why not; empty if it is
   * @param told where it lies
   */
  record Published(Fence fence, long version, String failure, String told)
      implements ToCoordinator {}

  // Between replicas of one shard.

  record Hold(Fence fence, long step, Digest gradient) implements ToReplica {}

  record Held(Fence fence, long step, Digest gradient) implements ToReplica {}

  /** Asks the owner for the bytes of the gradient it wants held. */
  record LacksBytes(Fence fence, long step, Digest gradient) implements ToReplica {}

  /**
   * Asks for a block of a version, to which a source that has nothing newer does not answer.
   *
   * @param above the version that the asker has of it already, -1 for none
   */
  record CopyRequest(Fence fence, int block, long above) implements ToReplica {}

  /**
   * Tells a learner of a committed step; its gradient comes over the data plane.
   *
   * @param record of the version that the step led to
   * @param gradient the hash of the gradient that was applied; null if the step was skipped
   */
  record Fed(Fence fence, CommitRecord record, @Nullable Digest gradient) implements ToReplica {}

  // Workers and nodes.

  /**
   * All the slots that a worker is to compute in a step; what it has not started and is not named
   * any more it leaves to others.
   *
   * @param job of which: a worker whose node has not turned to this job yet must not take them
   * @param parameters the digests of version {@code step}'s parameters, by shard
   * @param owners to whom pieces go, by shard
   */
  record Grant(
      Fence fence,
      JobId job,
      long step,
      Digest baseHash,
      List<Digest> parameters,
      List<Member> owners,
      List<TreeNode> nodes)
      implements Work {}

  /**
   * All the slots of the held-out text whose loss a worker is to find at version {@code step},
   * before that step is granted; what it has not started and is not named any more it leaves to
   * others.
   *
   * @param slots of the job's {@link dev.sampo.protocol.EvaluationRule}
   */
  record Evaluate(
      Fence fence,
      JobId job,
      long step,
      Digest baseHash,
      List<Digest> parameters,
      List<Member> owners,
      List<Integer> slots)
      implements Work {}

  /** What a worker has found at version {@code step} of the slots that it was asked for. */
  record Evaluated(Fence fence, long step, List<SlotLoss> losses) implements ToCoordinator {}

  /**
   * What an owner says of a piece.
   *
   * @param fence that the owner knew: what it said under another one tells nothing about whether
   *     today's owner has the piece
   */
  record PieceAnswer(Fence fence, int shard, long step, TreeNode node, Verdict verdict)
      implements ToWorker {}

  /** Asks an owner for the parameters of a version with these bits. */
  record PullParameters(long version, Digest parameters) implements ToReplica {}

  /**
   * A version is committed on all shards.
   *
   * @param decision of the step that led there; null for version 0
   * @param parameters the digests of its parameters, by shard
   * @param owners who can be asked for them, by shard
   */
  record Committed(
      Fence fence,
      long version,
      @Nullable Decision decision,
      List<Digest> parameters,
      List<Member> owners)
      implements ToNode {
    public Digest baseHash() {
      return Digest.over(parameters);
    }
  }

  /** This configuration is in force. */
  record Configured(Fence fence, Configuration configuration) implements ToNode {}
}
