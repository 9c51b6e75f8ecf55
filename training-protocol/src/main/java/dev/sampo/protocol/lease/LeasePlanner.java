package dev.sampo.protocol.lease;

import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.tree.CanonicalTree;
import dev.sampo.protocol.tree.TreeNode;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/**
 * Shares missing slots out: each worker gets a run of neighbouring slots in proportion to its
 * measured rate, since neighbours fold into few tree nodes and so into few pieces to send.
 *
 * <p>The plan decides only who works, never what comes out.
 */
public final class LeasePlanner {
  /** Slots granted to one worker, as the fewest nodes of the canonical tree. */
  public record Lease(WorkerId worker, List<TreeNode> nodes) {
    public Lease {
      nodes = List.copyOf(nodes);
    }

    public int slots() {
      return nodes.stream().mapToInt(TreeNode::slots).sum();
    }
  }

  private LeasePlanner() {}

  /**
   * Plans who computes what.
   *
   * @param missing the slots to grant
   * @param rates slots a second of each worker; an unknown rate (0) counts as the mean of the known
   * @return leases that cover {@code missing} exactly once; empty without workers
   */
  public static List<Lease> plan(CanonicalTree tree, BitSet missing, Map<WorkerId, Double> rates) {
    if (rates.isEmpty()) {
      return List.of();
    }
    double known =
        rates.values().stream().filter(r -> r > 0).mapToDouble(r -> r).average().orElse(1);
    double total = rates.values().stream().mapToDouble(r -> r > 0 ? r : known).sum();
    int slots = missing.cardinality();
    List<Lease> leases = new ArrayList<>();
    double share = 0;
    int granted = 0;
    int slot = missing.nextSetBit(0);
    for (Map.Entry<WorkerId, Double> worker : rates.entrySet()) {
      share += worker.getValue() > 0 ? worker.getValue() : known;
      int until = (int) Math.round(slots * (share / total));
      BitSet own = new BitSet();
      for (; granted < until && slot >= 0; granted++) {
        own.set(slot);
        slot = missing.nextSetBit(slot + 1);
      }
      if (!own.isEmpty()) {
        leases.add(new Lease(worker.getKey(), nodesOf(tree, own)));
      }
    }
    return leases;
  }

  /** The fewest tree nodes that cover {@code slots} exactly. */
  public static List<TreeNode> nodesOf(CanonicalTree tree, BitSet slots) {
    List<TreeNode> nodes = new ArrayList<>();
    for (int from = slots.nextSetBit(0); from >= 0; ) {
      int to = slots.nextClearBit(from);
      nodes.addAll(tree.cover(new TreeNode(from, to - from)));
      from = slots.nextSetBit(to);
    }
    return nodes;
  }
}
