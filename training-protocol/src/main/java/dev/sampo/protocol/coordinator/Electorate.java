package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.membership.ClusterView;
import dev.sampo.protocol.membership.NodeCard;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Who should vote, given who is alive: so many that the loss of one, or of two of five, stops
 * nothing. A set changes by one node at a time, so that any majority of it meets any majority of
 * the next; votes have no weights (trace 1).
 */
final class Electorate {
  /** More voters make every change of configuration slower, and hardly safer. */
  static final int MOST = 5;

  private final long graceMs;
  private final Map<NodeId, Long> missingSinceMs = new HashMap<>();

  /**
   * Nobody is missed yet.
   *
   * @param graceMs after which a voter that is not there may be succeeded
   */
  Electorate(long graceMs) {
    this.graceMs = graceMs;
  }

  /**
   * The set that should follow: one node more or less than the present one, or the same.
   *
   * <ul>
   *   <li>An odd set grows when two can be added: an even one bears no more losses than the odd one
   *       below it.
   *   <li>A voter that is gone makes room for a living node, first the new one in, then the old one
   *       out (the other way round where there is no room).
   *   <li>It never shrinks for want of nodes: who is gone may come back.
   * </ul>
   */
  List<NodeId> next(List<NodeId> voters, ClusterView view, long nowMs) {
    Set<NodeId> alive = new TreeSet<>();
    view.nodes().stream().map(NodeCard::member).map(Member::node).forEach(alive::add);
    List<NodeId> gone = gone(voters, alive, nowMs);
    List<NodeId> newcomers = alive.stream().filter(node -> !voters.contains(node)).toList();
    List<NodeId> next = new ArrayList<>(voters);
    boolean isEven = voters.size() % 2 == 0;
    boolean hasRoom = voters.size() < MOST;
    if (!gone.isEmpty() && (isEven || (!newcomers.isEmpty() && !hasRoom))) {
      next.remove(gone.getFirst());
    } else if (hasRoom && !newcomers.isEmpty() && (isEven || !gone.isEmpty())) {
      next.add(newcomers.getFirst());
    } else if (hasRoom && newcomers.size() >= 2 && alive.containsAll(voters)) {
      next.add(newcomers.getFirst());
    }
    long living = next.stream().filter(alive::contains).count();
    return living >= Reign.majorityOf(next) ? List.copyOf(next) : voters;
  }

  private List<NodeId> gone(List<NodeId> voters, Set<NodeId> alive, long nowMs) {
    missingSinceMs.keySet().retainAll(voters);
    missingSinceMs.keySet().removeAll(alive);
    List<NodeId> gone = new ArrayList<>();
    for (NodeId voter : voters) {
      if (!alive.contains(voter)) {
        long since = missingSinceMs.computeIfAbsent(voter, first -> nowMs);
        if (nowMs - since >= graceMs) {
          gone.add(voter);
        }
      }
    }
    return gone;
  }
}
