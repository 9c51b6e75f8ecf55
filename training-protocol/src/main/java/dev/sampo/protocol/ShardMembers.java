package dev.sampo.protocol;

import java.util.List;

/**
 * Who holds one parameter shard.
 *
 * @param replicas those that count: a step is committed when all of them have applied it
 * @param owner the replica that reduces
 * @param learners those that are catching up and do not count
 */
public record ShardMembers(int shard, List<Member> replicas, Member owner, List<Member> learners) {
  public ShardMembers {
    replicas = List.copyOf(replicas);
    learners = List.copyOf(learners);
    if (!replicas.contains(owner)) {
      throw new IllegalArgumentException(
          "the owner is one of the replicas: shard="
              + shard
              + ", owner="
              + owner
              + ", replicas="
              + replicas);
    }
  }
}
