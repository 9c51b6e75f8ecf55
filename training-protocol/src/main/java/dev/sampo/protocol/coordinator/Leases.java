package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.AuditRule;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.lease.LeasePlanner;
import dev.sampo.protocol.tree.Grain;
import dev.sampo.protocol.tree.TreeNode;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;

/**
 * Who computes which slots of the current step. A slot is missing if some owner lacks it and no
 * live lease is at it; a lease that takes too long no longer counts as live, though its pieces stay
 * welcome. Where no slot is missing, a worker without work takes from the slowest lease what that
 * has not started: bits do not change, so balance is free.
 */
final class Leases {
  private static final class Granted {
    final WorkerId worker;
    final List<TreeNode> nodes;
    final long sinceMs;
    boolean sent;

    Granted(WorkerId worker, List<TreeNode> nodes, long sinceMs) {
      this.worker = worker;
      this.nodes = new ArrayList<>(nodes);
      this.sinceMs = sinceMs;
    }
  }

  private final Grain grain;
  private final long timeoutMs;
  private final Audits audits;
  private final List<Granted> granted = new ArrayList<>();

  /**
   * Workers who let a lease of this step run out: they get new ones only if nobody else is there.
   */
  private final Set<WorkerId> late = new HashSet<>();

  private BitSet covered = new BitSet();

  /** Of work that is not audited. */
  Leases(Grain grain, long timeoutMs) {
    this(grain, timeoutMs, Audits.none());
  }

  Leases(Grain grain, long timeoutMs, Audits audits) {
    this.grain = grain;
    this.timeoutMs = timeoutMs;
    this.audits = audits;
  }

  /** A worker told, after a change of fence, that it has or computes these. */
  void resume(WorkerId worker, List<TreeNode> nodes, long nowMs) {
    if (!nodes.isEmpty()) {
      granted.add(new Granted(worker, nodes, nowMs));
    }
  }

  void endThoseOfTheDead(Set<WorkerId> alive) {
    granted.removeIf(lease -> !alive.contains(lease.worker));
  }

  /**
   * Grants what is missing, and shares what is left if nothing is.
   *
   * @param coveredByAll the slots that every owner has
   */
  void plan(BitSet coveredByAll, Map<WorkerId, Double> rates, long nowMs) {
    covered = coveredByAll;
    endThoseThatTakeTooLong(nowMs);
    BitSet missing = new BitSet();
    missing.set(0, grain.tree().slots());
    missing.andNot(covered);
    for (Granted lease : granted) {
      lease.nodes.forEach(node -> missing.clear(node.first(), node.end()));
    }
    if (missing.isEmpty()) {
      shareWhatIsNotStarted(rates, nowMs);
      return;
    }
    Map<WorkerId, Double> free = new TreeMap<>(rates);
    free.keySet().removeAll(late);
    for (LeasePlanner.Lease lease :
        LeasePlanner.plan(grain.tree(), missing, free.isEmpty() ? rates : free)) {
      granted.add(new Granted(lease.worker(), pieces(lease.nodes()), nowMs));
    }
  }

  private List<TreeNode> pieces(List<TreeNode> nodes) {
    return nodes.stream()
        .flatMap(node -> grain.pieces(node).stream())
        .flatMap(node -> AuditRule.cut(grain.tree(), node, audits.slots()).stream())
        .toList();
  }

  private void endThoseThatTakeTooLong(long nowMs) {
    granted.removeIf(
        lease -> {
          boolean tooLong = nowMs - lease.sinceMs >= timeoutMs && !uncovered(lease).isEmpty();
          if (tooLong) {
            late.add(lease.worker);
          }
          return tooLong;
        });
  }

  private void shareWhatIsNotStarted(Map<WorkerId, Double> rates, long nowMs) {
    for (WorkerId worker : rates.keySet()) {
      boolean hasWork =
          granted.stream().anyMatch(l -> l.worker.equals(worker) && !uncovered(l).isEmpty());
      if (!hasWork && !late.contains(worker)) {
        List<TreeNode> tail =
            slowest(rates).map(lease -> takeTail(lease, worker)).orElse(List.of());
        if (!tail.isEmpty()) {
          granted.add(new Granted(worker, tail, nowMs));
        }
      }
    }
  }

  /** The lease with the most left to do for its worker's rate, if some of that is not started. */
  private Optional<Granted> slowest(Map<WorkerId, Double> rates) {
    return granted.stream()
        .filter(lease -> uncovered(lease).size() > 1)
        .max(
            Comparator.comparingDouble(
                lease -> slots(uncovered(lease)) / Math.max(1e-9, rate(lease.worker, rates))));
  }

  private static double rate(WorkerId worker, Map<WorkerId, Double> rates) {
    return rates.getOrDefault(worker, 0.0);
  }

  /**
   * Takes up to half of what is left, from its end. The first node that is not covered is being
   * computed, since a worker goes through its nodes in order; and what the taker computes already
   * was granted twice to be compared.
   */
  private List<TreeNode> takeTail(Granted lease, WorkerId taker) {
    List<TreeNode> left = uncovered(lease);
    List<TreeNode> tail = new ArrayList<>();
    int half = slots(left) / 2;
    for (TreeNode node : left.subList(1, left.size()).reversed()) {
      if (!tail.isEmpty() && slots(tail) + node.slots() > half) {
        break;
      }
      if (!workersAt(node).contains(taker)) {
        tail.addFirst(node);
      }
    }
    if (lease.nodes.removeAll(tail)) {
      lease.sent = false;
    }
    return tail;
  }

  private static int slots(List<TreeNode> nodes) {
    return nodes.stream().mapToInt(TreeNode::slots).sum();
  }

  /**
   * Tells workers all that they are to compute: those with a lease that changed, and with {@code
   * again} all that have something left to do.
   */
  void forEachToSend(boolean again, BiConsumer<WorkerId, List<TreeNode>> send) {
    Set<WorkerId> told = new TreeSet<>();
    for (Granted lease : granted) {
      if (!lease.sent || (again && !uncovered(lease).isEmpty())) {
        told.add(lease.worker);
      }
    }
    for (WorkerId worker : told) {
      List<TreeNode> nodes = new ArrayList<>();
      for (Granted lease : granted) {
        if (lease.worker.equals(worker)) {
          lease.sent = true;
          nodes.addAll(lease.nodes);
        }
      }
      send.accept(worker, nodes);
    }
  }

  /** The nodes of which some owner lacks something, or wants to compare it. */
  private List<TreeNode> uncovered(Granted lease) {
    return lease.nodes.stream()
        .filter(
            node ->
                covered.nextClearBit(node.first()) < node.end() || audits.want(lease.worker, node))
        .toList();
  }

  /** Who has a lease of this node. */
  List<WorkerId> workersAt(TreeNode node) {
    return granted.stream()
        .filter(lease -> lease.nodes.stream().anyMatch(other -> other.contains(node)))
        .map(lease -> lease.worker)
        .toList();
  }

  boolean isLate(WorkerId worker) {
    return late.contains(worker);
  }

  /** Those who will be done first come first. */
  Comparator<WorkerId> byLoad(Map<WorkerId, Double> rates) {
    return Comparator.comparingDouble(
        worker ->
            granted.stream()
                    .filter(lease -> lease.worker.equals(worker))
                    .mapToInt(lease -> slots(uncovered(lease)))
                    .sum()
                / Math.max(1e-9, rate(worker, rates)));
  }

  /** Has somebody else compute what others compute, too. */
  void grant(WorkerId worker, TreeNode node, long nowMs) {
    granted.add(new Granted(worker, List.of(node), nowMs));
  }
}
