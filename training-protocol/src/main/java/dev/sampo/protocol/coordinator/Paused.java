package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Member;
import dev.sampo.protocol.message.Message.ToCoordinator;
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
  private final Interlude interlude;
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
    this.interlude = new Interlude(coordinator, reign, attempt);
    this.retry = new Every(reign.settings.retryMs());
  }

  @Override
  public void on(Member from, ToCoordinator message, long nowMs) {
    interlude.on(from, message, nowMs);
  }

  @Override
  public void onTick(long nowMs) {
    // Who does not mean to move does not stand still.
    reign.doubt.moved(nowMs);
    if (interlude.isOver(nowMs)) {
      return;
    }
    if (!coordinator.rests(attempt)) {
      coordinator.step(attempt, Map.of(), nowMs);
      return;
    }
    reign.announce(nowMs);
    if (retry.isDue(nowMs)) {
      interlude.tellWhatIsCommitted(List.of());
      interlude.remindLearners();
      reign.snapshots.onCommitted(attempt, reign.configuration(), reign.fence());
      reign.snapshots.repeat(reign.fence());
    }
  }
}
