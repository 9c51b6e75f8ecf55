package dev.sampo.actors.node;

import dev.sampo.actors.job.JobHost;
import dev.sampo.actors.job.NodePaths;
import dev.sampo.actors.job.ShardStatus;
import dev.sampo.actors.post.ForCoordinator;
import dev.sampo.actors.post.LossStatus;
import dev.sampo.actors.post.Post;
import dev.sampo.actors.post.Status;
import dev.sampo.actors.post.Submitted;
import dev.sampo.config.HostPort;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.Origin;
import dev.sampo.protocol.coordinator.Acceptance;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** Talks to a cluster through one of its nodes, from inside it or from outside. */
public final class ClusterClient implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(3);
  private static final Duration MEASURING_LIMIT = Duration.ofSeconds(60);

  private final ActorSystem<?> system;
  private final String postPath;
  private final boolean ownsSystem;

  private ClusterClient(ActorSystem<?> system, String postPath, boolean ownsSystem) {
    this.system = system;
    this.postPath = postPath;
    this.ownsSystem = ownsSystem;
  }

  static ClusterClient within(ActorSystem<?> system) {
    String path = "pekko://" + PekkoSettings.SYSTEM + "/user/" + Post.NAME;
    return new ClusterClient(system, path, false);
  }

  /**
   * Connects from outside.
   *
   * @param seed any node's control address
   * @param ownAddress under which the node can reach this process
   */
  public static ClusterClient connect(HostPort seed, String ownAddress) {
    ActorSystem<Void> system =
        ActorSystem.create(
            Behaviors.empty(), PekkoSettings.SYSTEM, PekkoSettings.ofClient(ownAddress));
    String path = "pekko://" + PekkoSettings.SYSTEM + "@" + seed + "/user/" + Post.NAME;
    return new ClusterClient(system, path, true);
  }

  /** Fails with a time-out if the node does not answer. */
  public CompletionStage<Status> status() {
    return ask(Post.StatusRequest::new);
  }

  /** To be repeated, the same job from the same origin, until it is taken or refused. */
  public CompletionStage<Submitted> submit(JobSpec job, Origin origin) {
    return ask(replyTo -> new ForCoordinator.SubmitJob(job, origin, replyTo));
  }

  /** To be repeated, the same order, until it is taken or refused. */
  public CompletionStage<Submitted> order(Order order) {
    return ask(replyTo -> new ForCoordinator.GiveOrder(order, replyTo));
  }

  /** Whether voters are lost, as whoever leads knows it. */
  public CompletionStage<LossStatus> loss() {
    return ask(ForCoordinator.LookForLoss::new);
  }

  /** To be repeated, the same, until it is taken or refused. */
  public CompletionStage<Submitted> acceptLoss(Acceptance acceptance) {
    return ask(replyTo -> new ForCoordinator.AcceptLoss(acceptance, replyTo));
  }

  /** What the owner of a shard holds, wherever it is. */
  public CompletionStage<ShardStatus> shard(int shard) {
    return ask(replyTo -> new JobHost.AskOwner(shard, replyTo));
  }

  /** What a node measures of its paths to the others: that takes a while for each. */
  public CompletionStage<NodePaths> paths(NodeId node) {
    return ask(replyTo -> new JobHost.AskPaths(node, replyTo), MEASURING_LIMIT);
  }

  private <T> CompletionStage<T> ask(Function<ActorRef<T>, Post.Command> question) {
    return ask(question, LIMIT);
  }

  private <T> CompletionStage<T> ask(Function<ActorRef<T>, Post.Command> question, Duration limit) {
    // Resolved anew each time: a local office may not have opened when this client was made.
    ActorRef<Post.Command> post = ActorRefResolver.get(system).resolveActorRef(postPath);
    return AskPattern.ask(post, replyTo -> question.apply(replyTo), limit, system.scheduler());
  }

  @Override
  public void close() {
    if (ownsSystem) {
      system.terminate();
      system
          .getWhenTerminated()
          .toCompletableFuture()
          .completeOnTimeout(Done.getInstance(), LIMIT.toSeconds(), TimeUnit.SECONDS)
          .join();
    }
  }
}
