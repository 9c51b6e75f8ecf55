package dev.sampo.actors.job;

import dev.sampo.actors.post.Role;
import dev.sampo.parameter.SideHash;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.message.Message.PullParameters;
import dev.sampo.protocol.worker.MirrorLedger;
import dev.sampo.protocol.worker.MirrorOutput;
import java.time.Duration;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/** Sees to it that the node has the parameters that its devices need, each with the right bits. */
final class MirrorActor extends AbstractBehavior<MirrorActor.Command> {
  sealed interface Command {}

  /** Devices, or the end of the job, need this version. */
  record Want(long version, List<Digest> parameters, List<Member> owners) implements Command {}

  record Arrived(ParameterMirror.Arrival arrival) implements Command {}

  private enum Tick implements Command {
    TICK
  }

  private static final Duration TICK_INTERVAL = Duration.ofMillis(200);

  private final JobContext job;
  private final ParameterMirror mirror;
  private final MirrorLedger ledger;
  private final SideHash hash = new SideHash();
  private final ActorRef<JobActor.Command> parent;

  static Behavior<Command> create(
      JobContext job, ParameterMirror mirror, ActorRef<JobActor.Command> parent) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  timers.startTimerWithFixedDelay(Tick.TICK, TICK_INTERVAL);
                  return new MirrorActor(context, job, mirror, parent);
                }));
  }

  private MirrorActor(
      ActorContext<Command> context,
      JobContext job,
      ParameterMirror mirror,
      ActorRef<JobActor.Command> parent) {
    super(context);
    this.job = job;
    this.parent = parent;
    this.mirror = mirror;
    this.ledger = new MirrorLedger(job.ranges().size(), new Output());
    ActorRef<Command> self = context.getSelf();
    job.plane().landMirror(job.id(), mirror.telling(arrival -> self.tell(new Arrived(arrival))));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Want.class, this::onWant)
        .onMessage(Arrived.class, this::onArrived)
        .onMessage(Tick.class, this::onTick)
        .build();
  }

  private Behavior<Command> onWant(Want want) {
    long[] prefixes = want.parameters.stream().mapToLong(Digest::prefix).toArray();
    mirror.guard(want.version, prefixes);
    for (int shard = 0; shard < prefixes.length; shard++) {
      if (!mirror.holds(shard, want.version, prefixes[shard])) {
        ledger.onOverwrite(shard, want.version);
      }
    }
    ledger.want(want.version, Digest.over(want.parameters), want.parameters, want.owners);
    return this;
  }

  private Behavior<Command> onArrived(Arrived arrived) {
    ParameterMirror.Arrival arrival = arrived.arrival;
    Digest found = hash.of(arrival.parameters());
    if (found.prefix() != arrival.prefix()) {
      mirror.forget(arrival.shard(), arrival.version());
    } else if (mirror.holds(arrival.shard(), arrival.version(), arrival.prefix())) {
      ledger.onShard(arrival.shard(), arrival.version(), found);
    }
    return this;
  }

  private Behavior<Command> onTick(Tick tick) {
    ledger.onTick();
    return this;
  }

  private final class Output implements MirrorOutput {
    @Override
    public void pull(Member owner, int shard, PullParameters request) {
      job.send(owner, Role.REPLICA, shard, request);
    }

    @Override
    public void whole(long version, Digest baseHash) {
      parent.tell(new JobActor.ParametersWhole(version, baseHash, mirror.side(version)));
    }
  }
}
