package dev.sampo.protocol.worker;

import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.message.Message.PullParameters;

/** What a node's parameter mirror does to the world. */
public interface MirrorOutput {
  void pull(Member owner, int shard, PullParameters request);

  /** All parameters of {@code version} are here and hash to {@code baseHash}. */
  void whole(long version, Digest baseHash);
}
