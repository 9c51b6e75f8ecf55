package dev.sampo.actors.job;

import dev.sampo.actors.event.EventLog;
import dev.sampo.actors.plane.DataPlane;
import dev.sampo.actors.post.CopyNotice;
import dev.sampo.actors.post.Parcel;
import dev.sampo.actors.post.Post;
import dev.sampo.actors.post.Wire;
import dev.sampo.config.NodeConfig;
import dev.sampo.config.PinnedJob;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.message.Message;
import dev.sampo.protocol.message.Message.Configured;
import dev.sampo.protocol.message.Message.Report;
import dev.sampo.protocol.register.VoterState;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.cluster.sharding.typed.ShardingEnvelope;
import org.jspecify.annotations.Nullable;

/**
 * Has one {@link JobActor} for the job of the newest configuration that this node has heard of. The
 * old one has closed its store before the new one opens.
 */
public final class JobHost extends AbstractBehavior<Post.Command> {
  /**
   * What jobs on this node have in common.
   *
   * @param self this life of this node
   * @param known what the node's voter knew when it started
   */
  public record Place(
      Member self,
      NodeConfig node,
      VoterState known,
      DataPlane plane,
      CorpusSource corpora,
      EventLog events,
      ActorRef<Post.Command> post,
      RunWatch watch) {}

  /** Asks for what this node's replica of a shard holds; no answer if it has none. */
  public record InspectShard(int shard, ActorRef<ShardStatus> replyTo) implements Post.Command {}

  /** Asks the owner of a shard, wherever it is, what it holds. */
  public record AskOwner(int shard, ActorRef<ShardStatus> replyTo) implements Post.Command, Wire {}

  /** Asks a node to measure its paths to all others. */
  public record AskPaths(NodeId node, ActorRef<NodePaths> replyTo) implements Post.Errand, Wire {}

  private final Place place;
  private final ActorRef<ShardingEnvelope<ParameterShard.Command>> shards;
  private @Nullable Fence newest;
  private @Nullable JobId job;
  private @Nullable ActorRef<JobActor.Command> actor;

  public static Behavior<Post.Command> create(Place place) {
    return Behaviors.setup(context -> new JobHost(context, place));
  }

  private JobHost(ActorContext<Post.Command> context, Place place) {
    super(context);
    this.place = place;
    this.shards = ParameterShard.host(context.getSystem(), context.getSelf());
  }

  @Override
  public Receive<Post.Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Parcel.class, this::onParcel)
        .onMessage(CopyNotice.class, this::onNotice)
        .onMessage(InspectShard.class, this::onInspect)
        .onMessage(AskOwner.class, this::onAskOwner)
        .onMessage(AskPaths.class, this::onAskPaths)
        .onSignal(Terminated.class, this::onTerminated)
        .build();
  }

  private Behavior<Post.Command> onParcel(Parcel parcel) {
    if (place.known.ignores(parcel.body())) {
      return this;
    }
    announcedBy(parcel.body());
    if (actor != null && parcel.job() != null && parcel.job().equals(job)) {
      actor.tell(new JobActor.Deliver(parcel));
    }
    return this;
  }

  /** Messages that carry a configuration tell which job is on. */
  private void announcedBy(Message body) {
    switch (body) {
      case Configured m -> consider(m.fence(), m.configuration());
      case Report m -> consider(m.fence(), m.configuration());
      default -> {}
    }
  }

  private void consider(Fence fence, Configuration configuration) {
    if (newest != null && fence.isBelow(newest)) {
      return;
    }
    newest = fence;
    JobId wanted = configuration.job().id();
    if (actor == null) {
      start(configuration.job());
    } else if (!wanted.equals(job)) {
      // The next report or announcement starts the new one, after the old one has closed.
      getContext().stop(actor);
      job = null;
    }
  }

  private void start(JobSpec spec) {
    PinnedJob recipe = PinnedJob.parse(spec.text());
    JobContext context =
        new JobContext(
            place.self,
            spec,
            recipe,
            JobModel.rangesOf(recipe),
            place.node.folder().resolve("jobs").resolve(spec.id().value()),
            place.node.snapshots().resolve(spec.id().value()),
            place.post,
            place.plane,
            place.events,
            place.watch);
    actor =
        getContext()
            .spawn(
                JobActor.create(context, place.node, place.corpora),
                "job-" + spec.id(),
                DispatcherSelector.fromConfig(JobActor.DISK_DISPATCHER));
    getContext().watch(actor);
    job = spec.id();
  }

  private Behavior<Post.Command> onTerminated(Terminated terminated) {
    actor = null;
    job = null;
    return this;
  }

  private Behavior<Post.Command> onNotice(CopyNotice notice) {
    if (actor != null && notice.job().equals(job)) {
      actor.tell(new JobActor.Notice(notice));
    }
    return this;
  }

  private Behavior<Post.Command> onAskOwner(AskOwner ask) {
    shards.tell(
        new ShardingEnvelope<>(
            ParameterShard.entityId(ask.shard), new ParameterShard.Inspect(ask.replyTo)));
    return this;
  }

  /** Measuring takes a while, and is waited for on a thread that may wait. */
  private Behavior<Post.Command> onAskPaths(AskPaths ask) {
    Executor patient =
        getContext()
            .getSystem()
            .dispatchers()
            .lookup(DispatcherSelector.fromConfig(JobActor.DISK_DISPATCHER));
    DataPlane plane = place.plane;
    patient.execute(() -> ask.replyTo.tell(new NodePaths(ask.node, plane.survey())));
    return this;
  }

  private Behavior<Post.Command> onInspect(InspectShard inspect) {
    if (actor != null) {
      actor.tell(new JobActor.InspectShard(inspect.shard, inspect.replyTo));
    }
    return this;
  }
}
