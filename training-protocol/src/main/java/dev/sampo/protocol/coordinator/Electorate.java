package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.membership.ClusterView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
   *   <li>It never shrinks for want of nodes: who is gone may come back. Only a voter that is to
   *       leave is let go all the same.
   * </ul>
   *
   * @param staying who of {@code view} is not to leave
   */
  List<NodeId> next(List<NodeId> voters, ClusterView view, ClusterView staying, long nowMs) {
    Set<NodeId> alive = new TreeSet<>(view.names());
    List<NodeId> newcomers =
        staying.names().stream().filter(node -> !voters.contains(node)).toList();
    List<NodeId> gone = gone(voters, alive, nowMs);
    Set<NodeId> leaving = new TreeSet<>(alive);
    leaving.removeAll(staying.names());
    for (List<NodeId> next : candidates(voters, newcomers, gone, leaving, alive)) {
      long living = next.stream().filter(alive::contains).count();
      if (living >= Reign.majorityOf(next)) {
        return next;
      }
    }
    return voters;
  }

  /** Sets that are better than the present one, the best first. */
  private static List<List<NodeId>> candidates(
      List<NodeId> voters,
      List<NodeId> newcomers,
      List<NodeId> gone,
      Set<NodeId> leaving,
      Set<NodeId> alive) {
    boolean isEven = voters.size() % 2 == 0;
    boolean canGrow = voters.size() < MOST && !newcomers.isEmpty();
    List<NodeId> grown = canGrow ? with(voters, newcomers.getFirst()) : voters;
    Optional<NodeId> leaver = voters.stream().filter(leaving::contains).findFirst();
    if (leaver.isPresent() && (voters.size() > 1 || canGrow)) {
      List<NodeId> shrunk = voters.size() > 1 ? without(voters, leaver.get()) : grown;
      return isEven || !canGrow ? List.of(shrunk, grown) : List.of(grown, shrunk);
    }
    if (!gone.isEmpty() && (isEven || (!newcomers.isEmpty() && voters.size() >= MOST))) {
      return List.of(without(voters, gone.getFirst()));
    }
    boolean wanted = isEven || !gone.isEmpty();
    boolean twoCome = newcomers.size() >= 2 && alive.containsAll(voters);
    return canGrow && (wanted || twoCome) ? List.of(grown) : List.of();
  }

  private static List<NodeId> with(List<NodeId> voters, NodeId one) {
    List<NodeId> more = new ArrayList<>(voters);
    more.add(one);
    return List.copyOf(more);
  }

  private static List<NodeId> without(List<NodeId> voters, NodeId one) {
    return voters.stream().filter(voter -> !voter.equals(one)).toList();
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
