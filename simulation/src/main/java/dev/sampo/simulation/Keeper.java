package dev.sampo.simulation;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.message.Message.Publish;
import dev.sampo.protocol.message.Message.Published;
import dev.sampo.protocol.message.WrittenPart;
import dev.sampo.protocol.shard.Replica;

/** Writes what a replica keeps for a snapshot, in its own time, unless the process dies first. */
record Keeper(Life life, JobSpec job, int shard, Replica replica, ToyShardMemory memory) {
  private static final double NO_ROOM = 0.05;

  void keep(CommitRecord record) {
    World world = life.world;
    boolean late = world.sabotage.copiesLate();
    ToyModel.Side copy = memory.side(record);
    boolean noRoom = world.isTroubled() && world.chance(NO_ROOM);
    life.later(
        world.random.nextInt(world.isTroubled() ? 250 : 40),
        () -> {
          ToyModel.Side bytes = late ? memory.side(record) : copy;
          String failure =
              noRoom
                  ? "a snapshot needs room on the disk: shard=" + shard
                  : world.shelf.write(job.id(), shard, record, bytes, late);
          replica.onWritten(new WrittenPart(shard, record, 1, failure));
        });
  }

  void publish(Publish publish) {
    World world = life.world;
    long version = publish.parts().getFirst().record().version();
    life.later(
        world.random.nextInt(20),
        () -> {
          String manifest = world.shelf.publish(job.id(), publish);
          world.laws.onPublished(job, publish, manifest);
          replica.onPublished(new Published(publish.fence(), version, "", "the shelf"));
        });
  }
}
