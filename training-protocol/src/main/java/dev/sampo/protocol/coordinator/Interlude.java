package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.message.Clearance;
import dev.sampo.protocol.message.Message.Base;
import dev.sampo.protocol.message.Message.CaughtUp;
import dev.sampo.protocol.message.Message.Fenced;
import dev.sampo.protocol.message.Message.Kept;
import dev.sampo.protocol.message.Message.LacksGradient;
import dev.sampo.protocol.message.Message.Published;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Message.Written;
import java.util.List;

/**
 * What goes on while a version is committed and no step is led from it: learners learn, replicas
 * that lack what was held are found, and snapshots are written.
 */
final class Interlude {
  private final Coordinator coordinator;
  private final Reign reign;
  private final Attempt attempt;
  private final Learners learners;

  /**
   * Tells all that the version is committed.
   *
   * @param attempt the step that is not led
   */
  Interlude(Coordinator coordinator, Reign reign, Attempt attempt) {
    this.coordinator = coordinator;
    this.reign = reign;
    this.attempt = attempt;
    this.learners = new Learners(coordinator, reign, attempt);
    reign.committed(attempt);
  }

  void on(Member from, ToCoordinator message, long nowMs) {
    switch (message) {
      case CaughtUp m when m.fence().equals(reign.fence()) -> learners.onCaughtUp(from, m, nowMs);
      case LacksGradient m when m.fence().equals(reign.fence()) && m.step() == attempt.step() ->
          coordinator.propose(
              reign.configuration().next(),
              "a replica lacks the gradient that was held: replica=" + from,
              nowMs);
      case Kept m -> reign.snapshots.onKept(from, m);
      case Written m -> reign.snapshots.onWritten(from, m, reign.fence());
      case Published m -> reign.snapshots.onPublished(from, m, reign.fence());
      case Fenced m when m.asked().equals(reign.fence()) -> coordinator.onFenced(from, m, nowMs);
      default -> {}
    }
  }

  /** Proposes what has come up: another run, nodes, an order; says whether it did. */
  boolean isOver(long nowMs) {
    return coordinator.begin(nowMs)
        || coordinator.reconcile(nowMs)
        || coordinator.obey(nowMs)
        || coordinator.tellOfSnapshot(nowMs)
        || coordinator.changeVoters(nowMs);
  }

  /**
   * Tells replicas what is committed: learners get only what their source knows to be that.
   *
   * @param computing who is to be given the parameters
   */
  void tellWhatIsCommitted(List<Member> computing) {
    Base base = attempt.base(reign.fence(), computing, Clearance.AWAITED);
    for (ShardMembers shard : reign.configuration().shards()) {
      shard.replicas().forEach(replica -> reign.out.toReplica(replica, shard.shard(), base));
    }
  }

  void remindLearners() {
    learners.remind();
  }
}
