package dev.sampo.simulation;

import dev.sampo.protocol.Fence;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.Term;
import dev.sampo.protocol.coordinator.Coordinator;
import dev.sampo.protocol.message.Message.Reported;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.ReplicaReport;
import java.util.HashMap;
import java.util.Map;

/** What a replica reported first under a term is taken for all that it ever reports under it. */
final class ReportsAreReused implements Sabotage {
  private record Asked(Term term, int shard, Member replica) {}

  private final Map<Asked, ReplicaReport> first = new HashMap<>();

  @Override
  public void hear(
      Life life, Coordinator coordinator, Member from, ToCoordinator message, long nowMs) {
    if (message instanceof Reported m && m.report().newest() >= 0) {
      Fence fence = m.fence();
      ReplicaReport report =
          first.computeIfAbsent(new Asked(fence.term(), m.shard(), from), asked -> m.report());
      coordinator.on(from, new Reported(fence, m.shard(), report), nowMs);
    } else {
      coordinator.on(from, message, nowMs);
    }
  }
}
