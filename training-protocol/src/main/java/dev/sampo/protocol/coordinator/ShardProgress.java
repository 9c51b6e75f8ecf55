package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.GradientFacts;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.coordinator.Recovery.Ahead;
import dev.sampo.protocol.tree.TreeNode;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** How far one shard is in the step that is being led. */
final class ShardProgress {
  private final ShardMembers members;
  private final Map<Member, CommitRecord> applied = new TreeMap<>();
  private final BitSet covered = new BitSet();
  private @Nullable GradientFacts reduced;
  private final @Nullable Ahead foundAhead;
  private @Nullable CommitRecord first;
  private boolean equal = true;

  /**
   * Nothing done yet.
   *
   * @param foundAhead the next version if recovery found a replica that has it
   */
  ShardProgress(ShardMembers members, @Nullable Ahead foundAhead) {
    this.members = members;
    this.foundAhead = foundAhead;
  }

  int index() {
    return members.shard();
  }

  ShardMembers members() {
    return members;
  }

  boolean needsGradient() {
    return reduced == null && foundAhead == null;
  }

  /** Whether it is more than before. */
  boolean covers(List<TreeNode> nodes) {
    int before = covered.cardinality();
    covered.clear();
    nodes.forEach(node -> covered.set(node.first(), node.end()));
    return covered.cardinality() > before;
  }

  /** Takes out the slots that this shard still lacks. */
  void keepCovered(BitSet coveredByAll) {
    if (needsGradient()) {
      coveredByAll.and(covered);
    }
  }

  @Nullable GradientFacts reduced() {
    return reduced;
  }

  /** Whether this was news: an owner reduces once under one fence. */
  boolean reducedTo(GradientFacts facts) {
    if (reduced != null) {
      return false;
    }
    reduced = facts;
    return true;
  }

  @Nullable Ahead foundAhead() {
    return foundAhead;
  }

  /** The record of the next version, which some replica has. */
  CommitRecord appliedRecord() {
    return Objects.requireNonNull(first, "no replica has applied yet");
  }

  /** Whether this was news. */
  boolean appliedBy(Member replica, CommitRecord record) {
    if (!members.replicas().contains(replica) || applied.containsKey(replica)) {
      return false;
    }
    if (first == null) {
      first = foundAhead == null ? record : foundAhead.record();
    }
    equal &= first.sameBits(record);
    applied.put(replica, record);
    return true;
  }

  boolean isEqual() {
    return equal;
  }

  boolean isDone() {
    return equal && applied.size() == members.replicas().size();
  }

  List<Member> notApplied() {
    return members.replicas().stream().filter(r -> !applied.containsKey(r)).toList();
  }
}
