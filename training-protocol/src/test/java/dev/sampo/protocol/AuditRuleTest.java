package dev.sampo.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sampo.protocol.tree.CanonicalTree;
import dev.sampo.protocol.tree.TreeNode;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class AuditRuleTest {
  private static final JobId JOB = Examples.job(1).id();

  @Test
  void auditsThatFractionOfAllSlotsAlwaysTheSame() {
    AuditRule rule = new AuditRule(0.05);
    int audited = 0;
    for (long step = 0; step < 1_000; step++) {
      BitSet slots = rule.slots(JOB, step, 100);
      assertEquals(slots, rule.slots(JOB, step, 100));
      audited += slots.cardinality();
    }
    assertEquals(5_000, audited, 300);
    assertEquals(0, AuditRule.NONE.slots(JOB, 7, 100).cardinality());
    assertEquals(100, new AuditRule(1).slots(JOB, 7, 100).cardinality());
  }

  @Test
  void anAuditedSlotIsAPieceByItself() {
    BitSet audited = new BitSet();
    audited.set(2);
    CanonicalTree tree = new CanonicalTree(8);
    assertEquals(
        List.of(new TreeNode(0, 2), new TreeNode(2, 1), new TreeNode(3, 1), new TreeNode(4, 4)),
        AuditRule.cut(tree, tree.root(), audited));
    assertEquals(List.of(tree.root()), AuditRule.cut(tree, tree.root(), new BitSet()));
  }

  @Test
  void aFractionLiesBetweenNoneAndAll() {
    assertThrows(IllegalArgumentException.class, () -> new AuditRule(-0.1));
    assertThrows(IllegalArgumentException.class, () -> new AuditRule(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> new AuditRule(1.1));
  }
}
