package dev.sampo.actors.node;

import dev.sampo.actors.event.EventLog;
import dev.sampo.actors.job.CoordinatorActor;
import dev.sampo.actors.job.CorpusSource;
import dev.sampo.actors.job.JobHost;
import dev.sampo.actors.job.RunWatch;
import dev.sampo.actors.plane.DataPlane;
import dev.sampo.actors.post.Post;
import dev.sampo.config.ClusterConfig;
import dev.sampo.config.NodeConfig;
import dev.sampo.config.Role;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.membership.NodeCard;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.ClusterSingleton;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.cluster.typed.SingletonActor;

/**
 * The root of a node's actors: starts the post office, the voter, the job host, and hosts the
 * coordinator should it be this node's turn.
 */
final class NodeGuardian {
  private static final String COORDINATOR = "coordinator";
  private static final String DISK_DISPATCHER = "sampo.disk-dispatcher";
  private static final Duration RESTART_BACK_OFF = Duration.ofMillis(500);

  /** What a node is made of before it has actors. */
  record Parts(
      Member self,
      NodeConfig node,
      ClusterConfig cluster,
      NodeFolder folder,
      DataPlane plane,
      CorpusSource corpora,
      EventLog events,
      RunWatch watch) {}

  private NodeGuardian() {}

  static Behavior<Void> create(Parts parts) {
    return Behaviors.setup(
        context -> {
          start(context, parts);
          return Behaviors.empty();
        });
  }

  private static void start(ActorContext<Void> context, Parts parts) {
    LongSupplier nowMs = () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    DispatcherSelector disk = DispatcherSelector.fromConfig(DISK_DISPATCHER);
    ActorRef<Post.Command> post =
        context.spawn(Post.create(office(parts, nowMs, leaving(context, parts))), Post.NAME);
    ActorRef<Post.Command> voter =
        context.spawn(VoterActor.create(parts.self, parts.folder, post), "voter", disk);
    ActorRef<Post.Command> jobs =
        context.spawn(
            JobHost.create(
                new JobHost.Place(
                    parts.self,
                    parts.node,
                    parts.folder.read(),
                    parts.plane,
                    parts.corpora,
                    parts.events,
                    post,
                    parts.watch)),
            "jobs");
    var seat = new CoordinatorActor.Seat(parts.self, parts.folder, post, parts.events, nowMs);
    Behavior<Post.Command> coordinator =
        Behaviors.supervise(CoordinatorActor.create(seat))
            .onFailure(
                SupervisorStrategy.restartWithBackoff(
                    RESTART_BACK_OFF, RESTART_BACK_OFF.multipliedBy(8), 0.2));
    ActorRef<Post.Command> submissions =
        ClusterSingleton.get(context.getSystem())
            .init(SingletonActor.of(coordinator, COORDINATOR).withProps(disk));
    post.tell(new Post.Staffed(voter, jobs, submissions));
    if (parts.node.seeds().isEmpty()) {
      Cluster cluster = Cluster.get(context.getSystem());
      cluster.manager().tell(Join.create(cluster.selfMember().address()));
    }
  }

  /** Everything that it had is with others: it goes as it would when it is told to end. */
  private static Runnable leaving(ActorContext<Void> context, Parts parts) {
    ActorSystem<Void> system = context.getSystem();
    return () -> {
      parts.events.write(parts.events.event("drained"));
      CoordinatedShutdown.get(system).runAll(CoordinatedShutdown.clusterLeavingReason());
    };
  }

  private static Post.Office office(Parts parts, LongSupplier nowMs, Runnable leave) {
    boolean stores = parts.node.roles().contains(Role.PARAMETERS);
    NodeCard card =
        new NodeCard(
            parts.self,
            parts.node.address(),
            parts.plane.port(),
            stores,
            parts.node.memoryBytes(),
            List.of());
    return new Post.Office(
        card,
        parts.cluster.detector().beatInterval(),
        parts.cluster.detector().suspectAfter(),
        nowMs,
        firstVoters(parts),
        parts.plane::connect,
        parts.plane::silentMs,
        leave);
  }

  /** A node that founds a cluster without naming voters is the voter; others ask it. */
  private static List<NodeId> firstVoters(Parts parts) {
    if (!parts.cluster.voters().isEmpty()) {
      return parts.cluster.voters().stream().map(NodeId::new).toList();
    }
    return parts.node.seeds().isEmpty() ? List.of(parts.self.node()) : List.of();
  }
}
