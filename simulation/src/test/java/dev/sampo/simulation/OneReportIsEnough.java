package dev.sampo.simulation;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.coordinator.Coordinator;
import dev.sampo.protocol.message.Message.Reported;
import dev.sampo.protocol.message.Message.ToCoordinator;

/** The first replica of a shard that reports speaks for all. */
final class OneReportIsEnough implements Sabotage {
  @Override
  public void hear(
      Life life, Coordinator coordinator, Member from, ToCoordinator message, long nowMs) {
    coordinator.on(from, message, nowMs);
    Configuration now = coordinator.configuration().orElse(null);
    if (message instanceof Reported m && m.report().newest() >= 0 && now != null) {
      for (Member other : now.shards().get(m.shard()).replicas()) {
        if (!other.equals(from)) {
          coordinator.on(other, m, nowMs);
        }
      }
    }
  }
}
