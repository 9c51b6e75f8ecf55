package dev.sampo.protocol.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.lease.LeasePlanner.Lease;
import dev.sampo.protocol.tree.CanonicalTree;
import dev.sampo.protocol.tree.TreeNode;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LeasePlannerTest {
  private static WorkerId worker(int index) {
    return new WorkerId(new Member(new NodeId("n" + index), 1), 0);
  }

  private static BitSet all(int slots) {
    BitSet set = new BitSet();
    set.set(0, slots);
    return set;
  }

  @Test
  void coversTheMissingSlotsExactlyOnceWithNodesOfTheTree() {
    for (int seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      CanonicalTree tree = new CanonicalTree(1 + random.nextInt(300));
      BitSet missing = new BitSet();
      for (int slot = 0; slot < tree.slots(); slot++) {
        missing.set(slot, random.nextInt(4) > 0);
      }
      Map<WorkerId, Double> rates = new TreeMap<>();
      int workers = 1 + random.nextInt(9);
      for (int worker = 0; worker < workers; worker++) {
        rates.put(worker(worker), random.nextInt(3) == 0 ? 0 : random.nextDouble() * 50);
      }
      BitSet granted = new BitSet();
      for (Lease lease : LeasePlanner.plan(tree, missing, rates)) {
        for (TreeNode node : lease.nodes()) {
          assertTrue(tree.holds(node), "seed=" + seed + ", " + node);
          for (int slot = node.first(); slot < node.end(); slot++) {
            assertFalse(granted.get(slot), "granted twice: seed=" + seed + ", slot=" + slot);
            granted.set(slot);
          }
        }
      }
      assertEquals(missing, granted, "seed=" + seed);
    }
  }

  @Test
  void sharesInProportionToTheRates() {
    Map<WorkerId, Double> rates = new TreeMap<>(Map.of(worker(0), 1.0, worker(1), 3.0));
    List<Lease> leases = LeasePlanner.plan(new CanonicalTree(64), all(64), rates);
    assertEquals(16, leases.get(0).slots());
    assertEquals(48, leases.get(1).slots());
  }

  @Test
  void anUnknownRateCountsAsTheMeanOfTheKnown() {
    Map<WorkerId, Double> rates =
        new TreeMap<>(Map.of(worker(0), 10.0, worker(1), 30.0, worker(2), 0.0));
    List<Lease> leases = LeasePlanner.plan(new CanonicalTree(60), all(60), rates);
    assertEquals(20, leases.get(2).slots());
    Map<WorkerId, Double> unknown = new TreeMap<>(Map.of(worker(0), 0.0, worker(1), 0.0));
    leases = LeasePlanner.plan(new CanonicalTree(8), all(8), unknown);
    assertEquals(4, leases.get(0).slots());
  }

  @Test
  void nobodyToGrantToMeansNoLease() {
    assertEquals(List.of(), LeasePlanner.plan(new CanonicalTree(8), all(8), Map.of()));
  }
}
