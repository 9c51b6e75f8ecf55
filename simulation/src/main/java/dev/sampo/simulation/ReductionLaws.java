package dev.sampo.simulation;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.message.Message.Reduced;
import java.util.HashMap;
import java.util.Map;

/** What binds an owner that says that a step is reduced. */
final class ReductionLaws {
  /** Of which an owner has one gradient, and no other. */
  private record Adopted(Fence fence, int shard, long step) {}

  private final World world;
  private final RegisterLaws register;
  private final Map<Adopted, Digest> adopted = new HashMap<>();

  ReductionLaws(World world, RegisterLaws register) {
    this.world = world;
    this.register = register;
  }

  /** An owner says that all replicas hold the gradient of a step. */
  void onReduced(Reduced reduced) {
    Configuration configuration = register.chosenUnder(reduced.fence());
    Digest gradient = reduced.facts().hash();
    Digest other =
        adopted.putIfAbsent(
            new Adopted(reduced.fence(), reduced.shard(), reduced.step()), gradient);
    Laws.check(
        other == null || other.equals(gradient),
        "an owner reduced twice under one fence: " + reduced);
    if (!register.isNewest(reduced.fence())) {
      return; // nobody listens any more, and replicas may have moved on
    }
    ShardMembers members = configuration.shards().get(reduced.shard());
    for (Member replica : members.replicas()) {
      Life life = world.machine(replica.node()).life();
      JobShell job = life != null && life.self.equals(replica) ? life.job() : null;
      ToyShardMemory memory = job == null ? null : job.memoryOf(reduced.shard());
      Laws.check(
          memory == null || memory.holds(gradient) || memory.newest() > reduced.step(),
          "reduced before a replica holds the gradient: replica=" + replica + ", " + reduced);
    }
  }
}
