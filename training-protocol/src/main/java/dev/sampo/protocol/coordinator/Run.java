package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Evaluations;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Orders;
import dev.sampo.protocol.Origin;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.Verdicts;
import dev.sampo.protocol.membership.ClusterView;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A job that was handed in, and where it is to begin. */
record Run(JobSpec job, Origin origin) {

  /** What there is to say to whoever hands it in while {@code now} is in force. */
  Submission answer(@Nullable Configuration now) {
    if (now == null) {
      return new Submission.Later();
    }
    Origin known = now.orders().origin();
    if (origin.namesASnapshot() && origin.number() <= known.number()) {
      return origin.equals(known) && isOf(now)
          ? new Submission.Taken()
          : new Submission.Refused(
              "restores have rising numbers: ordered="
                  + origin
                  + ", last="
                  + known.number()
                  + "; hint: restore once more, with this machine's clock set");
    }
    if (!origin.namesASnapshot() && isOf(now) && now.status() != JobStatus.STOPPED) {
      return new Submission.Taken();
    }
    if (!isOf(now) && !now.hasEnded()) {
      return new Submission.Refused(
          "the cluster trains one job at a time: running="
              + now.job().id()
              + ", submitted="
              + job.id()
              + "; hint: wait until it has finished");
    }
    return new Submission.Later();
  }

  /** Whether it can begin now: it need not be over then, if it is the same job that goes back. */
  boolean follows(@Nullable Configuration now) {
    if (now == null) {
      return true;
    }
    return origin.namesASnapshot()
        ? origin.number() > now.orders().origin().number() && (isOf(now) || now.hasEnded())
        : now.hasEnded() && !(isOf(now) && now.status() == JobStatus.FINISHED);
  }

  /**
   * The configuration that it begins with; empty while no node can hold replicas. A run from a
   * snapshot, and one of the same job, gives up what was committed before: a new generation.
   */
  Optional<Configuration> first(@Nullable Configuration before, Reign reign) {
    ClusterView staying = before == null ? reign.view : reign.view.staying(before);
    Orders orders = before == null ? Orders.NONE : before.orders();
    boolean givesUp = origin.namesASnapshot() || (before != null && isOf(before));
    long generation = before == null ? 0 : before.generation();
    Optional<List<ShardMembers>> shards = Placement.initial(job, staying);
    return shards.map(
        members ->
            new Configuration(
                givesUp ? generation + 1 : generation,
                before == null ? 1 : before.number() + 1,
                job,
                JobStatus.CREATED,
                before == null ? reign.firstVoters() : before.voters(),
                members,
                "",
                "",
                orders.forTheNextRun(origin),
                Evaluations.NONE,
                before != null && isOf(before) ? before.verdicts() : Verdicts.NONE));
  }

  String why() {
    return origin.namesASnapshot() ? "somebody ordered to " + origin : "a job was submitted";
  }

  private boolean isOf(Configuration now) {
    return now.job().id().equals(job.id());
  }
}
