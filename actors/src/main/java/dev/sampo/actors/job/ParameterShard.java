package dev.sampo.actors.job;

import dev.sampo.actors.post.Post;
import dev.sampo.actors.post.Wire;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.sharding.external.ExternalShardAllocation;
import org.apache.pekko.cluster.sharding.external.ExternalShardAllocationStrategy;
import org.apache.pekko.cluster.sharding.typed.ShardingEnvelope;
import org.apache.pekko.cluster.sharding.typed.ShardingMessageExtractor;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;

/**
 * A parameter shard under its own name, wherever its owner is: the address for those who do not
 * know the configuration. Cluster Sharding starts it where the coordinator has put the owner, and
 * there it attaches to the replica. It holds nothing: who may act is decided by fences, not by
 * where this actor lives.
 */
public final class ParameterShard {
  private static final EntityTypeKey<Command> TYPE =
      EntityTypeKey.create(Command.class, "ParameterShard");
  private static final Duration ALLOCATION_TIMEOUT = Duration.ofSeconds(3);

  /** What it understands. */
  public sealed interface Command extends Wire {}

  /** Asks the owner's replica what it holds. */
  public record Inspect(ActorRef<ShardStatus> replyTo) implements Command {}

  private ParameterShard() {}

  /** Lets this node host entities, and returns the way to all of them. */
  public static ActorRef<ShardingEnvelope<Command>> host(
      ActorSystem<?> system, ActorRef<Post.Command> jobs) {
    return ClusterSharding.get(system)
        .init(
            Entity.of(TYPE, context -> create(Integer.parseInt(context.getEntityId()), jobs))
                .withMessageExtractor(new ByShard())
                .withAllocationStrategy(
                    ExternalShardAllocationStrategy.create(
                        system, TYPE.name(), ALLOCATION_TIMEOUT)));
  }

  /** The address of one shard, as an envelope carries it. */
  public static String entityId(int shard) {
    return Integer.toString(shard);
  }

  /** Moves entities to where their owners are. */
  static CompletionStage<Done> place(ActorSystem<?> system, Map<Integer, Address> owners) {
    Map<String, Address> locations = new HashMap<>();
    owners.forEach((shard, address) -> locations.put(entityId(shard), address));
    return ExternalShardAllocation.get(system).getClient(TYPE.name()).setShardLocations(locations);
  }

  private static Behavior<Command> create(int shard, ActorRef<Post.Command> jobs) {
    return Behaviors.receive(Command.class)
        .onMessage(
            Inspect.class,
            inspect -> {
              jobs.tell(new JobHost.InspectShard(shard, inspect.replyTo));
              return Behaviors.same();
            })
        .build();
  }

  /** Each parameter shard is a shard of Pekko's by itself, so that it moves by itself. */
  private static final class ByShard
      extends ShardingMessageExtractor<ShardingEnvelope<Command>, Command> {
    @Override
    public String entityId(ShardingEnvelope<Command> envelope) {
      return envelope.entityId();
    }

    @Override
    public String shardId(String entityId) {
      return entityId;
    }

    @Override
    public Command unwrapMessage(ShardingEnvelope<Command> envelope) {
      return envelope.message();
    }
  }
}
