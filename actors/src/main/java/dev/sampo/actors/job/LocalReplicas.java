package dev.sampo.actors.job;

import dev.sampo.actors.post.CopyNotice;
import dev.sampo.actors.post.Parcel;
import dev.sampo.actors.post.Role;
import dev.sampo.parameter.ShardStore;
import dev.sampo.protocol.message.Message.Report;
import dev.sampo.protocol.message.Message.Reported;
import dev.sampo.protocol.message.Message.ToReplica;
import dev.sampo.protocol.message.ReplicaReport;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/**
 * The replicas of one job on this node. One is made when a report first asks for it; where its
 * shard cannot be opened, reports are answered that there is none, and why. Belongs to the job's
 * actor.
 */
final class LocalReplicas {
  private static final String SHARD_DISPATCHER = "sampo.shard-dispatcher";

  /** A shard that could not be opened is tried again after so long. */
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(5);

  private record Refusal(String reason, long atNanos) {}

  private final ActorContext<JobActor.Command> context;
  private final JobContext job;
  private final Map<Integer, ActorRef<ReplicaActor.Command>> replicas = new HashMap<>();
  private final Map<Integer, Parcel> asked = new HashMap<>();
  private final Map<Integer, Refusal> refusals = new HashMap<>();

  LocalReplicas(ActorContext<JobActor.Command> context, JobContext job) {
    this.context = context;
    this.job = job;
  }

  /**
   * Hands a message to its replica.
   *
   * @param store null while it is not open yet: the report is repeated
   */
  void deliver(Parcel parcel, @Nullable ShardStore store) {
    if (!(parcel.body() instanceof ToReplica message)) {
      return;
    }
    int shard = parcel.index();
    ActorRef<ReplicaActor.Command> replica = replicas.get(shard);
    if (replica == null && message instanceof Report report && names(report, shard)) {
      if (isRefused(shard)) {
        answerThatThereIsNone(parcel);
        return;
      }
      asked.put(shard, parcel);
      replica = store == null ? null : start(shard, store);
    }
    if (replica != null) {
      replica.tell(new ReplicaActor.Deliver(parcel.from(), message));
    }
  }

  private boolean names(Report report, int shard) {
    var members = report.configuration().shards().get(shard);
    return members.replicas().contains(job.self()) || members.learners().contains(job.self());
  }

  private boolean isRefused(int shard) {
    Refusal refusal = refusals.get(shard);
    return refusal != null && System.nanoTime() - refusal.atNanos < RETRY_NANOS;
  }

  private ActorRef<ReplicaActor.Command> start(int shard, ShardStore store) {
    ActorRef<ReplicaActor.Command> replica =
        context.spawnAnonymous(
            ReplicaActor.create(job, store, shard, context.getSelf()),
            DispatcherSelector.fromConfig(SHARD_DISPATCHER));
    context.watch(replica);
    replicas.put(shard, replica);
    return replica;
  }

  /** A shard could not be opened: whoever asked for it hears so. */
  void refused(int shard, String reason) {
    refusals.put(shard, new Refusal(reason, System.nanoTime()));
    Parcel last = asked.remove(shard);
    if (last != null) {
      answerThatThereIsNone(last);
    }
  }

  private void answerThatThereIsNone(Parcel parcel) {
    Refusal refusal = refusals.get(parcel.index());
    if (refusal != null && parcel.body() instanceof Report report) {
      job.send(
          parcel.from(),
          Role.COORDINATOR,
          parcel.index(),
          new Reported(report.fence(), parcel.index(), ReplicaReport.none(refusal.reason)));
    }
  }

  /** A replica that ended starts anew, from its store, with the next report. */
  void ended(ActorRef<Void> replica) {
    replicas.values().removeIf(other -> other.path().equals(replica.path()));
  }

  void notice(CopyNotice notice) {
    ActorRef<ReplicaActor.Command> replica = replicas.get(notice.shard());
    if (replica != null) {
      replica.tell(new ReplicaActor.Notice(notice));
    }
  }

  void inspect(int shard, ActorRef<ShardStatus> replyTo) {
    ActorRef<ReplicaActor.Command> replica = replicas.get(shard);
    if (replica != null) {
      replica.tell(new ReplicaActor.Inspect(replyTo));
    }
  }
}
