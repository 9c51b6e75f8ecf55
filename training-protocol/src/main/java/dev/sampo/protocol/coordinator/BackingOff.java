package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Member;
import dev.sampo.protocol.message.Message.ToCoordinator;

/** Was refused: somebody else acts, or did. Waits before it tries anew. */
record BackingOff(Coordinator coordinator, long aboveCounter, long untilMs) implements Phase {
  @Override
  public void on(Member from, ToCoordinator message, long nowMs) {}

  @Override
  public void onTick(long nowMs) {
    if (nowMs >= untilMs) {
      coordinator.tryAnew(aboveCounter, nowMs);
    }
  }
}
