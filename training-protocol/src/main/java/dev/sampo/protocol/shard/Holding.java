package dev.sampo.protocol.shard;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.message.Message.Coverage;
import dev.sampo.protocol.message.Message.Held;
import dev.sampo.protocol.message.Message.Hold;
import dev.sampo.protocol.message.Message.LacksBytes;
import dev.sampo.protocol.message.Message.Reduced;
import dev.sampo.protocol.message.Sighting;
import dev.sampo.protocol.shard.StepGradient.Whole;
import java.util.List;

/**
 * How a step's whole gradient comes to be held by all replicas: the owner, which asks them and says
 * {@code Reduced} when all have it, and the others, which say that they have it or what they lack.
 */
final class Holding {
  private final Standing standing;
  private final ShardMemory memory;
  private final ReplicaOutput out;

  Holding(Standing standing, ShardMemory memory, ReplicaOutput out) {
    this.standing = standing;
    this.memory = memory;
    this.out = out;
  }

  /**
   * The owner's answer to Base: how far the step's gradient is. Nobody holds it before the audits
   * are done, so that a verdict needs to undo nothing elsewhere.
   */
  void tellProgress(StepGradient step, List<Sighting> seen) {
    Whole gradient = step.cleared();
    if (gradient == null) {
      tellCoverage(step, seen);
      return;
    }
    step.heldBy(standing.self());
    List<Member> lacking = step.lackingAmong(standing.members().replicas());
    if (lacking.isEmpty()) {
      standing.answer(
          new Reduced(standing.fence(), standing.shard(), gradient.step(), gradient.facts()));
    } else {
      Hold hold = new Hold(standing.fence(), gradient.step(), gradient.facts().hash());
      lacking.forEach(other -> out.toReplica(other, hold));
      tellCoverage(step, seen);
    }
  }

  private void tellCoverage(StepGradient step, List<Sighting> seen) {
    standing.answer(
        new Coverage(standing.fence(), standing.shard(), step.step(), step.coverage(), seen));
  }

  /** The owner has it: does this replica hold it, too? */
  void onHold(StepGradient step, Member owner, Hold hold) {
    if (standing.role() == Role.REPLICA && standing.members().owner().equals(owner)) {
      CommitRecord newest = memory.newestRecord();
      boolean past = newest != null && newest.version() > hold.step();
      Whole whole = step.whole();
      boolean holds = whole != null && whole.is(hold.step(), hold.gradient());
      if (past || holds) {
        out.toReplica(owner, new Held(hold.fence(), hold.step(), hold.gradient()));
      } else {
        out.toReplica(owner, new LacksBytes(hold.fence(), hold.step(), hold.gradient()));
      }
    }
  }

  /** A replica does not: it gets the bytes. */
  void onLacksBytes(StepGradient step, Member replica, LacksBytes lacks) {
    Whole whole = step.whole();
    if (standing.isOwner()
        && whole != null
        && whole.is(lacks.step(), lacks.gradient())
        && standing.members().replicas().contains(replica)) {
      out.sendGradient(replica, whole.step(), whole.facts().hash(), whole.gradient());
    }
  }

  /** The owner's bytes have come; they belong to this replica from here on. */
  void onGradient(StepGradient step, Member owner, long ofStep, ShardMemory.Gradient gradient) {
    CommitRecord newest = memory.newestRecord();
    boolean wanted =
        standing.role() == Role.REPLICA
            && standing.members().owner().equals(owner)
            && newest != null
            && newest.version() == ofStep;
    if (!wanted) {
      memory.release(gradient);
      return;
    }
    Whole whole = step.adopt(ofStep, gradient);
    out.toReplica(owner, new Held(standing.fence(), ofStep, whole.facts().hash()));
  }

  /** A replica holds it. */
  void onHeld(StepGradient step, Member replica, Held held) {
    Whole whole = step.whole();
    if (standing.isOwner()
        && whole != null
        && whole.is(held.step(), held.gradient())
        && step.step() == held.step()
        && standing.members().replicas().contains(replica)
        && step.heldBy(replica)) {
      tellProgress(step, List.of());
    }
  }
}
