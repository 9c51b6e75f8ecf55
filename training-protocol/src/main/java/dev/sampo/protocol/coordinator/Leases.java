package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.lease.LeasePlanner;
import dev.sampo.protocol.tree.CanonicalTree;
import dev.sampo.protocol.tree.TreeNode;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/**
 * Who computes which slots of the current step. A slot is missing if some owner lacks it and no
 * live lease is at it; a lease that takes too long no longer counts as live, though its pieces stay
 * welcome.
 */
final class Leases {
  private static final class Granted {
    final WorkerId worker;
    final List<TreeNode> nodes;
    final long sinceMs;
    boolean sent;

    Granted(WorkerId worker, List<TreeNode> nodes, long sinceMs) {
      this.worker = worker;
      this.nodes = nodes;
      this.sinceMs = sinceMs;
    }
  }

  private final CanonicalTree tree;
  private final long timeoutMs;
  private final List<Granted> granted = new ArrayList<>();
  private BitSet covered = new BitSet();

  Leases(int slots, long timeoutMs) {
    this.tree = new CanonicalTree(slots);
    this.timeoutMs = timeoutMs;
  }

  /** A worker told, after a change of fence, that it has or computes these. */
  void resume(WorkerId worker, List<TreeNode> nodes, long nowMs) {
    if (!nodes.isEmpty()) {
      granted.add(new Granted(worker, List.copyOf(nodes), nowMs));
    }
  }

  void endThoseOfTheDead(Set<WorkerId> alive) {
    granted.removeIf(lease -> !alive.contains(lease.worker));
  }

  /**
   * Grants what is missing.
   *
   * @param coveredByAll the slots that every owner has
   */
  void plan(BitSet coveredByAll, Map<WorkerId, Double> rates, long nowMs) {
    covered = coveredByAll;
    BitSet missing = new BitSet();
    missing.set(0, tree.slots());
    missing.andNot(covered);
    Map<WorkerId, Double> free = new TreeMap<>(rates);
    for (Granted lease : granted) {
      if (nowMs - lease.sinceMs < timeoutMs) {
        lease.nodes.forEach(node -> missing.clear(node.first(), node.end()));
      } else if (free.size() > 1 && !isCovered(lease)) {
        free.remove(lease.worker);
      }
    }
    for (LeasePlanner.Lease lease : LeasePlanner.plan(tree, missing, free)) {
      granted.add(new Granted(lease.worker(), lease.nodes(), nowMs));
    }
  }

  /** Leases that were never sent, and with {@code again} all that are not yet covered. */
  void forEachToSend(boolean again, BiConsumer<WorkerId, List<TreeNode>> send) {
    for (Granted lease : granted) {
      if (!lease.sent || (again && !isCovered(lease))) {
        lease.sent = true;
        send.accept(lease.worker, lease.nodes);
      }
    }
  }

  private boolean isCovered(Granted lease) {
    for (TreeNode node : lease.nodes) {
      if (covered.nextClearBit(node.first()) < node.end()) {
        return false;
      }
    }
    return true;
  }
}
