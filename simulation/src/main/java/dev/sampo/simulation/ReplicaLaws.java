package dev.sampo.simulation;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.simulation.Committed.Bits;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What the replicas of the newest chosen configuration hold is one truth. */
final class ReplicaLaws {
  private ReplicaLaws() {}

  /**
   * Checks all stores.
   *
   * @param known what was committed, by version
   */
  static void haveOneTruth(World world, Configuration configuration, List<Committed> known) {
    JobId job = configuration.job().id();
    for (ShardMembers shard : configuration.shards()) {
      Map<Long, Bits> byVersion = new HashMap<>();
      for (Member replica : shard.replicas()) {
        ToyDisk disk = world.diskOf(replica);
        if (disk == null) {
          continue;
        }
        for (ToyDisk.StoredSide side : disk.store(job, shard.shard()).sides()) {
          CommitRecord record = side.record;
          boolean isOdd =
              world.machine(replica.node()).isOdd()
                  && record != null
                  && record.version() >= known.size();
          if (record != null && !isOdd) {
            Bits bits = Bits.of(record);
            Bits other = byVersion.putIfAbsent(record.version(), bits);
            Laws.check(
                (other == null || other.equals(bits)) && agrees(known, shard.shard(), record, bits),
                "two truths of a version: shard=" + shard.shard() + ", " + replica + " " + record);
          }
        }
      }
    }
  }

  private static boolean agrees(List<Committed> known, int shard, CommitRecord record, Bits bits) {
    return record.version() >= known.size()
        || known.get((int) record.version()).shards().get(shard).equals(bits);
  }
}
