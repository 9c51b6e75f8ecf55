package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.ShardMembers;
import java.util.List;

/**
 * No majority of the voters answers. They may come back, and then nothing is lost; or somebody says
 * that they never will, and those who answer go on from what they know.
 *
 * @param known the newest configuration that anyone who answers has heard of
 * @param present all who answer, voters or not
 * @param teller who has asked them; another may have heard others
 */
public record Loss(Configuration known, List<NodeId> present, NodeId teller) {
  public Loss {
    present = List.copyOf(present);
  }

  /** The voters that do not answer. */
  public List<NodeId> missing() {
    return known.voters().stream().filter(voter -> !present.contains(voter)).toList();
  }

  /**
   * The shards of which no replica is on a node that answers: a snapshot alone brings them back.
   */
  public List<Integer> shardsWithoutAReplica() {
    return known.shards().stream()
        .filter(shard -> shard.replicas().stream().map(Member::node).noneMatch(present::contains))
        .map(ShardMembers::shard)
        .toList();
  }

  /** What those who answer go on from. */
  Configuration accepted(long number) {
    List<NodeId> left = known.voters().stream().filter(present::contains).toList();
    List<NodeId> all = present.stream().limit(Electorate.MOST).toList();
    return known.afterALoss(left.isEmpty() ? all : left, number);
  }

  @Override
  public String toString() {
    return "voters=" + known.voters() + ", answering=" + present;
  }
}
