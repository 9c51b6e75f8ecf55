package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.message.Message.Base;
import dev.sampo.protocol.message.Message.CaughtUp;
import dev.sampo.protocol.message.Message.Fenced;
import dev.sampo.protocol.message.Message.LacksGradient;
import dev.sampo.protocol.message.Message.ToCoordinator;
import java.util.List;

/**
 * Somebody ordered a pause: the version is committed everywhere, and no step is led from it. What
 * workers and owners have of the next one they keep. Nodes come and go, and copies heal, as ever.
 */
final class Paused implements Phase {
  private final Coordinator coordinator;
  private final Reign reign;
  private final Attempt attempt;
  private final Learners learners;
  private final Every retry;

  /**
   * Tells all that the version is committed.
   *
   * @param attempt the step that is not led
   */
  Paused(Coordinator coordinator, Reign reign, Attempt attempt) {
    this.coordinator = coordinator;
    this.reign = reign;
    this.attempt = attempt;
    this.learners = new Learners(coordinator, reign, attempt);
    this.retry = new Every(reign.settings.retryMs());
    reign.committed(attempt);
  }

  @Override
  public void on(Member from, ToCoordinator message, long nowMs) {
    switch (message) {
      case CaughtUp m when m.fence().equals(reign.fence()) -> learners.onCaughtUp(from, m, nowMs);
      case LacksGradient m when m.fence().equals(reign.fence()) && m.step() == attempt.step() ->
          coordinator.propose(
              reign.configuration().next(),
              "a replica lacks the gradient that was held: replica=" + from,
              nowMs);
      case Fenced m when m.asked().equals(reign.fence()) -> coordinator.onFenced(from, m, nowMs);
      default -> {}
    }
  }

  @Override
  public void onTick(long nowMs) {
    // Who does not mean to move does not stand still.
    reign.doubt.moved(nowMs);
    if (coordinator.reconcile(nowMs)
        || coordinator.obey(nowMs)
        || coordinator.changeVoters(nowMs)) {
      return;
    }
    reign.announce(nowMs);
    if (retry.isDue(nowMs)) {
      tellWhatIsCommitted();
      learners.remind();
    }
  }

  /** Learners get only what their source knows to be committed. */
  private void tellWhatIsCommitted() {
    Base base = attempt.base(reign.fence(), List.of());
    for (ShardMembers shard : reign.configuration().shards()) {
      shard.replicas().forEach(replica -> reign.out.toReplica(replica, shard.shard(), base));
    }
  }
}
