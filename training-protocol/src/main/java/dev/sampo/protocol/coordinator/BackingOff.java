package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Member;
import dev.sampo.protocol.message.Message.ToCoordinator;
import org.jspecify.annotations.Nullable;

/**
 * Was refused: somebody else acts, or did. Waits before it tries anew.
 *
 * @param acceptance of a loss, for which it stood down
 */
record BackingOff(
    Coordinator coordinator, long aboveCounter, @Nullable Acceptance acceptance, long untilMs)
    implements Phase {
  @Override
  public void on(Member from, ToCoordinator message, long nowMs) {}

  @Override
  public void onTick(long nowMs) {
    if (nowMs >= untilMs) {
      coordinator.tryAnew(aboveCounter, acceptance, nowMs);
    }
  }
}
