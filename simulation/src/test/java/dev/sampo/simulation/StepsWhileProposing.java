package dev.sampo.simulation;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.coordinator.Coordinator;
import dev.sampo.protocol.coordinator.CoordinatorOutput;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.CaughtUp;
import dev.sampo.protocol.message.Message.ToCoordinator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Proposes a learner as a replica behind its coordinator's back, which goes on meanwhile. */
final class StepsWhileProposing implements Sabotage {
  private final Map<Life, CoordinatorOutput> outs = new HashMap<>();

  @Override
  public CoordinatorOutput between(Life life, CoordinatorOutput out) {
    outs.put(life, out);
    return out;
  }

  @Override
  public void hear(
      Life life, Coordinator coordinator, Member from, ToCoordinator message, long nowMs) {
    Configuration now = coordinator.configuration().orElse(null);
    CoordinatorOutput out = outs.get(life);
    if (message instanceof CaughtUp m && now != null && out != null && isOf(m.fence(), now)) {
      Configuration promoted = promote(now, m.shard(), from);
      if (promoted != null) {
        Accept accept = new Accept(m.fence().term(), promoted);
        now.voters().forEach(voter -> out.toVoter(voter, accept));
        return;
      }
    }
    coordinator.on(from, message, nowMs);
  }

  private static boolean isOf(Fence fence, Configuration now) {
    return fence.number() == now.number() && fence.generation() == now.generation();
  }

  private static @Nullable Configuration promote(Configuration now, int shard, Member learner) {
    ShardMembers members = now.shards().get(shard);
    if (!members.learners().contains(learner)) {
      return null;
    }
    List<Member> replicas = new ArrayList<>(members.replicas());
    replicas.add(learner);
    List<Member> learners = new ArrayList<>(members.learners());
    learners.remove(learner);
    List<ShardMembers> shards = new ArrayList<>(now.shards());
    shards.set(shard, new ShardMembers(shard, replicas, members.owner(), learners));
    return now.next().withShards(shards);
  }
}
