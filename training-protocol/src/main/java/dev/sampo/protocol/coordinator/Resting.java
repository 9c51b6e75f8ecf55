package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Member;
import dev.sampo.protocol.message.Message.Fenced;
import dev.sampo.protocol.message.Message.ToCoordinator;

/** No job yet, or it has ended: tells everyone so, and waits for the next one. */
final class Resting implements Phase {
  private final Coordinator coordinator;
  private final Reign reign;

  Resting(Coordinator coordinator, Reign reign) {
    this.coordinator = coordinator;
    this.reign = reign;
  }

  @Override
  public void on(Member from, ToCoordinator message, long nowMs) {
    if (message instanceof Fenced m
        && reign.configurationOrNull() != null
        && m.asked().equals(reign.fence())) {
      coordinator.onFenced(from, m, nowMs);
    }
  }

  @Override
  public void onTick(long nowMs) {
    if (!coordinator.begin(nowMs) && reign.configurationOrNull() != null) {
      reign.announce(nowMs);
    }
  }
}
