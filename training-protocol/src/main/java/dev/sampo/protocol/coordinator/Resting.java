package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Evaluations;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.Orders;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.membership.ClusterView;
import dev.sampo.protocol.message.Message.ToCoordinator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** No job yet, or it has ended: tells everyone so, and waits for the next one. */
final class Resting implements Phase {
  private final Coordinator coordinator;
  private final Reign reign;

  Resting(Coordinator coordinator, Reign reign) {
    this.coordinator = coordinator;
    this.reign = reign;
  }

  @Override
  public void on(Member from, ToCoordinator message, long nowMs) {}

  @Override
  public void onTick(long nowMs) {
    Configuration ended = reign.configurationOrNull();
    JobSpec next = coordinator.submitted();
    if (next != null && (ended == null || !isFinished(ended, next))) {
      begin(next, ended, nowMs);
    } else if (ended != null) {
      reign.announce(nowMs);
    }
  }

  private static boolean isFinished(Configuration ended, JobSpec job) {
    return ended.status() == JobStatus.FINISHED && ended.job().id().equals(job.id());
  }

  private void begin(JobSpec job, @Nullable Configuration ended, long nowMs) {
    ClusterView staying = ended == null ? reign.view : reign.view.staying(ended);
    Optional<List<ShardMembers>> shards = Placement.initial(job, staying);
    if (shards.isEmpty()) {
      return;
    }
    long generation = ended == null ? 0 : ended.generation();
    if (ended != null && ended.job().id().equals(job.id())) {
      // What it had committed need not be any more: it begins anew.
      generation++;
    }
    long number = ended == null ? 1 : ended.number() + 1;
    Configuration first =
        new Configuration(
            generation,
            number,
            job,
            JobStatus.CREATED,
            ended == null ? reign.firstVoters() : ended.voters(),
            shards.get(),
            "",
            "",
            ended == null ? Orders.NONE : ended.orders().forTheNextJob(),
            Evaluations.NONE);
    coordinator.begin(first, nowMs);
  }
}
