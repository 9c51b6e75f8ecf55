package dev.sampo.actors.job;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.actors.event.EventLog;
import dev.sampo.actors.post.ForCoordinator;
import dev.sampo.actors.post.LossStatus;
import dev.sampo.actors.post.Parcel;
import dev.sampo.actors.post.Post;
import dev.sampo.actors.post.Role;
import dev.sampo.actors.post.Submitted;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.Quarantined;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.coordinator.Coordinator;
import dev.sampo.protocol.coordinator.CoordinatorOutput;
import dev.sampo.protocol.coordinator.CoordinatorSettings;
import dev.sampo.protocol.coordinator.Note;
import dev.sampo.protocol.coordinator.Submission;
import dev.sampo.protocol.membership.ClusterView;
import dev.sampo.protocol.message.Message;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Message.ToNode;
import dev.sampo.protocol.message.Message.ToReplica;
import dev.sampo.protocol.message.Message.ToVoter;
import dev.sampo.protocol.message.Message.ToWorker;
import dev.sampo.protocol.register.TermDisk;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.jspecify.annotations.Nullable;

/**
 * The cluster's coordinator: a singleton, so that one tries; the core's terms and fences see to it
 * that it does not matter if two do.
 */
public final class CoordinatorActor extends AbstractBehavior<Post.Command> {
  /** Where it runs, and with what. */
  public record Seat(
      Member self,
      TermDisk terms,
      ActorRef<Post.Command> post,
      EventLog events,
      LongSupplier nowMs) {}

  private enum Tick implements Post.Command {
    TICK
  }

  /** Entities follow their owners; if this fails they follow with the next configuration. */
  private record Placed(@Nullable Throwable failure) implements Post.Command {}

  private static final Duration TICK_INTERVAL = Duration.ofMillis(50);

  private final Seat seat;
  private ClusterView view = ClusterView.EMPTY;
  private Map<NodeId, Address> addresses = Map.of();
  private @Nullable Coordinator coordinator;
  private boolean comparesAll = true;

  public static Behavior<Post.Command> create(Seat seat) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> {
                  timers.startTimerWithFixedDelay(Tick.TICK, TICK_INTERVAL);
                  return new CoordinatorActor(context, seat);
                }));
  }

  private CoordinatorActor(ActorContext<Post.Command> context, Seat seat) {
    super(context);
    context.setLoggerName(CoordinatorActor.class);
    this.seat = seat;
    seat.post.tell(new Post.CoordinatorIsHere(context.getSelf()));
  }

  @Override
  public Receive<Post.Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Parcel.class, this::onParcel)
        .onMessage(Post.View.class, this::onView)
        .onMessage(ForCoordinator.SubmitJob.class, this::onSubmit)
        .onMessage(ForCoordinator.GiveOrder.class, this::onOrder)
        .onMessage(ForCoordinator.LookForLoss.class, this::onLookForLoss)
        .onMessage(ForCoordinator.AcceptLoss.class, this::onAcceptLoss)
        .onMessage(Tick.class, this::onTick)
        .onMessage(Placed.class, this::onPlaced)
        .onSignal(PostStop.class, this::onStop)
        .build();
  }

  private Behavior<Post.Command> onParcel(Parcel parcel) {
    if (coordinator != null && parcel.body() instanceof ToCoordinator message) {
      coordinator.on(parcel.from(), message, seat.nowMs.getAsLong());
    }
    return this;
  }

  private Behavior<Post.Command> onView(Post.View news) {
    view = news.view();
    addresses = news.addresses();
    if (coordinator == null && !news.voters().isEmpty()) {
      coordinator =
          new Coordinator(
              seat.self.node(),
              news.voters(),
              seat.terms,
              new Output(),
              CoordinatorSettings.DEFAULT,
              seat.nowMs.getAsLong());
    }
    return this;
  }

  private Behavior<Post.Command> onTick(Tick tick) {
    if (coordinator != null) {
      coordinator.onTick(view, seat.nowMs.getAsLong());
    }
    return this;
  }

  private Behavior<Post.Command> onSubmit(ForCoordinator.SubmitJob submit) {
    Submission submission =
        coordinator == null
            ? new Submission.Later()
            : coordinator.submit(submit.job(), submit.origin());
    submit.replyTo().tell(answer(submission));
    return this;
  }

  private Behavior<Post.Command> onOrder(ForCoordinator.GiveOrder given) {
    Submission submission =
        coordinator == null ? new Submission.Later() : coordinator.order(given.order());
    given.replyTo().tell(answer(submission));
    return this;
  }

  private Behavior<Post.Command> onLookForLoss(ForCoordinator.LookForLoss request) {
    request
        .replyTo()
        .tell(
            coordinator == null
                ? LossStatus.UNKNOWN
                : new LossStatus(
                    coordinator.configuration().orElse(null), coordinator.loss().orElse(null)));
    return this;
  }

  private Behavior<Post.Command> onAcceptLoss(ForCoordinator.AcceptLoss accepted) {
    Submission submission =
        coordinator == null
            ? new Submission.Later()
            : coordinator.acceptLoss(accepted.acceptance(), seat.nowMs.getAsLong());
    accepted.replyTo().tell(answer(submission));
    return this;
  }

  private static Submitted answer(Submission submission) {
    return switch (submission) {
      case Submission.Taken() -> new Submitted(Submitted.Outcome.TAKEN, "");
      case Submission.Later() -> Submitted.LATER;
      case Submission.Refused(String reason) -> new Submitted(Submitted.Outcome.REFUSED, reason);
    };
  }

  private Behavior<Post.Command> onStop(PostStop stop) {
    seat.post.tell(new Post.CoordinatorHasGone(getContext().getSelf()));
    return this;
  }

  private void onNote(Note note) {
    switch (note) {
      case Note.Elected elected ->
          write(seat.events.event("elected").put("term", elected.term().toString()));
      case Note.Chosen chosen -> onChosen(chosen);
      case Note.Resumed resumed ->
          write(
              seat.events
                  .event("resumed", resumed.fence())
                  .put("version", resumed.version())
                  .put("finding", resumed.finding()));
      case Note.VersionCommitted committed ->
          write(
              seat.events
                  .event("version", committed.fence())
                  .put("version", committed.version())
                  .put("hash", committed.baseHash().hex()));
      case Note.VersionEvaluated evaluated ->
          write(
              seat.events
                  .event("evaluated", evaluated.fence())
                  .put("version", evaluated.loss().version())
                  .put("loss", evaluated.loss().loss())
                  .put("nats", evaluated.loss().nats())
                  .put("tokens", evaluated.loss().tokens()));
      case Note.Audited audited -> onAudited(audited);
      case Note.SnapshotTaken taken ->
          write(
              seat.events
                  .event("snapshot", taken.fence())
                  .put("version", taken.version())
                  .put("folder", taken.told()));
      case Note.SnapshotFailed failed ->
          write(
              seat.events
                  .event("snapshot-failed", failed.fence())
                  .put("version", failed.version())
                  .put("reason", failed.reason()));
      case Note.Waiting waiting ->
          write(seat.events.event("waiting").put("reason", waiting.reason()));
      case Note.StoodDown stood ->
          write(seat.events.event("stood-down").put("reason", stood.reason()));
    }
  }

  /** Told where it begins that slots cannot be compared, and where it ends. */
  private void onAudited(Note.Audited audited) {
    boolean allCompared = audited.dropped() == 0;
    if (allCompared != comparesAll) {
      comparesAll = allCompared;
      write(
          seat.events
              .event(allCompared ? "audits-compare" : "audits-dropped", audited.fence())
              .put("step", audited.step())
              .put("slots", audited.slots())
              .put("dropped", audited.dropped()));
    }
  }

  private void onChosen(Note.Chosen chosen) {
    Configuration configuration = chosen.configuration();
    ObjectNode event =
        seat.events
            .event("configured", chosen.fence())
            .put("status", configuration.status().name())
            .put("pace", configuration.orders().pace().name())
            .put("why", chosen.why())
            .put("job", configuration.job().id().value());
    var quarantined = event.putArray("quarantined");
    for (Quarantined found : configuration.verdicts().quarantined()) {
      ObjectNode device = quarantined.addObject();
      device.put("device", found.device().toString());
      device.put("step", found.step()).put("slot", found.slot()).put("shard", found.shard());
      device.put("gave", found.gave().hex()).put("agreed", found.agreed().hex());
      var agreeing = device.putArray("agreeing");
      found.agreeing().forEach(other -> agreeing.add(other.toString()));
    }
    var leaving = event.putArray("leaving");
    configuration.orders().leaving().forEach(member -> leaving.add(member.toString()));
    var shards = event.putArray("shards");
    Map<Integer, Address> owners = new HashMap<>();
    for (ShardMembers shard : configuration.shards()) {
      ObjectNode members = shards.addObject();
      members.put("owner", shard.owner().node().name());
      var replicas = members.putArray("replicas");
      shard.replicas().forEach(replica -> replicas.add(replica.toString()));
      var learners = members.putArray("learners");
      shard.learners().forEach(learner -> learners.add(learner.toString()));
      Address address = addresses.get(shard.owner().node());
      if (address != null) {
        owners.put(shard.shard(), address);
      }
    }
    write(event);
    getContext().getLog().info("configuration {}: {}", chosen.fence(), chosen.why());
    getContext()
        .pipeToSelf(
            ParameterShard.place(getContext().getSystem(), owners),
            (done, failure) -> new Placed(failure));
  }

  private Behavior<Post.Command> onPlaced(Placed placed) {
    if (placed.failure != null) {
      getContext().getLog().warn("entities could not be placed", placed.failure);
    }
    return this;
  }

  private void write(ObjectNode event) {
    seat.events.write(event);
  }

  private final class Output implements CoordinatorOutput {
    @Override
    public void toVoter(NodeId voter, ToVoter message) {
      send(Member.anyOf(voter), Role.VOTER, 0, message);
    }

    @Override
    public void toReplica(Member replica, int shard, ToReplica message) {
      send(replica, Role.REPLICA, shard, message);
    }

    @Override
    public void toWorker(WorkerId worker, ToWorker message) {
      send(worker.member(), Role.WORKER, worker.device(), message);
    }

    @Override
    public void toNode(Member node, ToNode message) {
      send(node, Role.NODE, 0, message);
    }

    @Override
    public void note(Note note) {
      onNote(note);
    }

    private void send(Member to, Role role, int index, Message message) {
      JobId job =
          coordinator == null
              ? null
              : coordinator.configuration().map(now -> now.job().id()).orElse(null);
      seat.post.tell(new Parcel(seat.self, to, role, index, job, message));
    }
  }
}
