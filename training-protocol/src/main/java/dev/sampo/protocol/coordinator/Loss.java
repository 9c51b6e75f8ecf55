package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.Term;
import java.util.List;

/**
 * No majority of the voters answers. They may come back, and then nothing is lost; or somebody says
 * that they never will, and those who answer go on from what they know.
 *
 * @param known the newest configuration that anyone who answers has heard of
 * @param present all who answer, voters or not
 * @param told the term of whoever has asked them
 */
public record Loss(Configuration known, List<NodeId> present, Term told) {
  public Loss {
    present = List.copyOf(present);
  }

  /** The voters that do not answer. */
  public List<NodeId> missing() {
    return known.voters().stream().filter(voter -> !present.contains(voter)).toList();
  }

  /** Whether the same voters are missing of the same configuration's, whoever tells of it. */
  public boolean isAs(Loss other) {
    return known.generation() == other.known.generation() && missing().equals(other.missing());
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

  /** Who votes once it is accepted: the voters that are left, or if there are none, others. */
  public List<NodeId> successors() {
    List<NodeId> left = known.voters().stream().filter(present::contains).toList();
    return left.isEmpty() ? present.stream().limit(Electorate.MOST).toList() : left;
  }

  @Override
  public String toString() {
    return "voters=" + known.voters() + ", answering=" + present;
  }
}
