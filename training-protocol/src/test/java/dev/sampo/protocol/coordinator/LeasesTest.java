package dev.sampo.protocol.coordinator;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.C1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.tree.CanonicalTree;
import dev.sampo.protocol.tree.Grain;
import dev.sampo.protocol.tree.TreeNode;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LeasesTest {
  private static final WorkerId A = new WorkerId(A1, 0);
  private static final WorkerId B = new WorkerId(B1, 0);
  private static final WorkerId C = new WorkerId(C1, 0);
  private static final long TIMEOUT_MS = 1_000;

  private final Leases leases =
      new Leases(new Grain(new CanonicalTree(16), Grain.NONE), TIMEOUT_MS);
  private Map<WorkerId, Double> rates = Map.of(A, 1.0, B, 1.0);
  private long nowMs = 5_000;

  private static TreeNode node(int first, int slots) {
    return new TreeNode(first, slots);
  }

  private static BitSet slots(int from, int to) {
    BitSet set = new BitSet();
    set.set(from, to);
    return set;
  }

  private Map<WorkerId, List<TreeNode>> plan(BitSet covered) {
    leases.plan(covered, new TreeMap<>(rates), nowMs);
    Map<WorkerId, List<TreeNode>> sent = new TreeMap<>();
    leases.forEachToSend(false, sent::put);
    return sent;
  }

  @Test
  void grantsWhatIsMissingOnceAndRepeatsWhatIsNotCovered() {
    assertEquals(Map.of(A, List.of(node(0, 8)), B, List.of(node(8, 8))), plan(slots(0, 0)));
    assertEquals(Map.of(), plan(slots(0, 0)));
    plan(slots(0, 8));
    Map<WorkerId, List<TreeNode>> again = new TreeMap<>();
    leases.forEachToSend(true, again::put);
    assertEquals(Map.of(B, List.of(node(8, 8))), again);
  }

  @Test
  void aWorkerWithoutWorkTakesTheTailThatTheSlowestHasNotStarted() {
    leases.resume(A, List.of(node(0, 8)), nowMs);
    leases.resume(B, List.of(node(8, 4), node(12, 2), node(14, 1), node(15, 1)), nowMs);
    assertEquals(
        Map.of(A, List.of(node(12, 2), node(14, 1), node(15, 1)), B, List.of(node(8, 4))),
        withoutResumed(plan(slots(0, 8))));
  }

  /** A's own lease, which it has finished, is named with what it takes. */
  private static Map<WorkerId, List<TreeNode>> withoutResumed(Map<WorkerId, List<TreeNode>> sent) {
    Map<WorkerId, List<TreeNode>> rest = new TreeMap<>(sent);
    rest.computeIfPresent(A, (worker, nodes) -> nodes.subList(1, nodes.size()));
    return rest;
  }

  @Test
  void whatIsBeingComputedIsLeftToItsWorker() {
    leases.resume(A, List.of(node(0, 8)), nowMs);
    leases.resume(B, List.of(node(8, 8)), nowMs);
    plan(slots(0, 8));
    Map<WorkerId, List<TreeNode>> again = new TreeMap<>();
    leases.forEachToSend(true, again::put);
    assertEquals(Map.of(B, List.of(node(8, 8))), again);
  }

  @Test
  void aLeaseThatTakesTooLongIsGrantedToOthersAndDoesNotPileUp() {
    rates = Map.of(A, 1.0, B, 1.0, C, 1.0);
    leases.resume(A, List.of(node(0, 8)), nowMs);
    leases.resume(B, List.of(node(8, 8)), nowMs + TIMEOUT_MS);
    nowMs += TIMEOUT_MS;
    Map<WorkerId, List<TreeNode>> sent = plan(slots(0, 0));
    assertEquals(Set.of(B, C), sent.keySet());
    assertEquals(List.of(node(8, 8), node(0, 4)), sent.get(B));
    assertEquals(List.of(node(4, 4)), sent.get(C));
    for (int i = 0; i < 10; i++) {
      nowMs += TIMEOUT_MS;
      plan(slots(0, 0));
    }
    Map<WorkerId, List<TreeNode>> all = new TreeMap<>();
    leases.forEachToSend(true, all::put);
    assertEquals(16, all.values().stream().flatMap(List::stream).mapToInt(TreeNode::slots).sum());
  }

  @Test
  void theLeasesOfTheDeadEnd() {
    leases.resume(A, List.of(node(0, 8)), nowMs);
    leases.resume(B, List.of(node(8, 8)), nowMs);
    leases.endThoseOfTheDead(Set.of(B));
    rates = Map.of(B, 1.0);
    assertEquals(Map.of(B, List.of(node(8, 8), node(0, 8))), plan(slots(0, 0)));
  }
}
