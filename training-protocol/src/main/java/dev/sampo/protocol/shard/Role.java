package dev.sampo.protocol.shard;

import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;

/** What a configuration makes of one life of a node, for one shard. */
enum Role {
  /** It names it not at all. */
  NONE,
  LEARNER,
  REPLICA,
  OWNER;

  static Role of(Member self, ShardMembers members) {
    if (members.owner().equals(self)) {
      return OWNER;
    }
    if (members.replicas().contains(self)) {
      return REPLICA;
    }
    return members.learners().contains(self) ? LEARNER : NONE;
  }
}
