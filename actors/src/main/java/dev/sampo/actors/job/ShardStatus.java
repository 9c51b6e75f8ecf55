package dev.sampo.actors.job;

import dev.sampo.actors.post.Wire;
import dev.sampo.protocol.CommitRecord;
import java.util.List;

/**
 * What one replica of one shard holds.
 *
 * @param node that holds it
 * @param version the newest, -1 for none
 * @param parameters the digest of its parameters, empty for none
 */
public record ShardStatus(int shard, String node, long version, String parameters) implements Wire {
  static ShardStatus of(int shard, String node, List<CommitRecord> records) {
    return records.isEmpty()
        ? new ShardStatus(shard, node, -1, "")
        : new ShardStatus(
            shard, node, records.getFirst().version(), records.getFirst().parameters().hex());
  }
}
