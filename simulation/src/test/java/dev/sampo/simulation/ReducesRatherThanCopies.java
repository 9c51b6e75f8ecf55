package dev.sampo.simulation;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.coordinator.Coordinator;
import dev.sampo.protocol.message.Message.Reported;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.ReplicaReport;
import java.util.List;

/** Of a shard beyond the first, a coordinator never learns that a replica is ahead. */
final class ReducesRatherThanCopies implements Sabotage {
  @Override
  public void hear(
      Life life, Coordinator coordinator, Member from, ToCoordinator message, long nowMs) {
    boolean isAhead =
        message instanceof Reported m && m.shard() > 0 && m.report().records().size() == 2;
    coordinator.on(from, isAhead ? withoutTheNewest((Reported) message) : message, nowMs);
  }

  private static Reported withoutTheNewest(Reported reported) {
    ReplicaReport report = reported.report();
    List<CommitRecord> base = report.records().subList(1, 2);
    return new Reported(
        reported.fence(),
        reported.shard(),
        new ReplicaReport(base, report.gradientStep(), report.gradient(), -1, List.of(), ""));
  }
}
