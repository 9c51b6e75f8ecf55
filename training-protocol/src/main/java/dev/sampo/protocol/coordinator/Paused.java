package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.message.Message.Base;
import dev.sampo.protocol.message.Message.CaughtUp;
import dev.sampo.protocol.message.Message.Fenced;
import dev.sampo.protocol.message.Message.Kept;
import dev.sampo.protocol.message.Message.LacksGradient;
import dev.sampo.protocol.message.Message.Published;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Message.Written;
import java.util.List;
import java.util.Map;

/**
 * Somebody ordered a pause, or the last version is committed and a snapshot of it is not yet whole:
 * no step is led. What workers and owners have of the next one they keep. Nodes come and go, and
 * copies heal, as ever.
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
      case Kept m -> reign.snapshots.onKept(from, m);
      case Written m -> reign.snapshots.onWritten(from, m, reign.fence());
      case Published m -> reign.snapshots.onPublished(from, m, reign.fence());
      case Fenced m when m.asked().equals(reign.fence()) -> coordinator.onFenced(from, m, nowMs);
      default -> {}
    }
  }

  @Override
  public void onTick(long nowMs) {
    // Who does not mean to move does not stand still.
    reign.doubt.moved(nowMs);
    if (coordinator.begin(nowMs)
        || coordinator.reconcile(nowMs)
        || coordinator.obey(nowMs)
        || coordinator.tellOfSnapshot(nowMs)
        || coordinator.changeVoters(nowMs)) {
      return;
    }
    if (!coordinator.rests(attempt)) {
      coordinator.step(attempt, Map.of(), nowMs);
      return;
    }
    reign.announce(nowMs);
    if (retry.isDue(nowMs)) {
      tellWhatIsCommitted();
      learners.remind();
      reign.snapshots.onCommitted(attempt, reign.configuration(), reign.fence());
      reign.snapshots.repeat(reign.fence());
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
