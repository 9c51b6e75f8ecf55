package dev.sampo.protocol;

import dev.sampo.protocol.sample.SampleOrder;
import dev.sampo.protocol.tree.CanonicalTree;
import dev.sampo.protocol.tree.TreeNode;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Which slots are computed twice, on different devices, to find one that is silently wrong. A
 * function of the job, the step and the slot, so every process knows them without being told, and
 * nothing that happens to machines changes them.
 *
 * @param fraction of all slots, from 0 to 1; no part of a job's identity, since audits change no
 *     bits
 */
public record AuditRule(double fraction) {
  public static final AuditRule NONE = new AuditRule(0);

  public AuditRule {
    if (!(fraction >= 0 && fraction <= 1)) {
      throw new IllegalArgumentException(
          "a fraction of the slots is audited: fraction=" + fraction);
    }
  }

  /** The audited ones among the slots {@code 0..slots-1} of a step; the caller's. */
  public BitSet slots(JobId job, long step, int slots) {
    BitSet audited = new BitSet();
    if (fraction > 0) {
      long key = SampleOrder.mix(job.bits() ^ SampleOrder.mix(step));
      for (int slot = 0; slot < slots; slot++) {
        double place = (SampleOrder.mix(key + slot) >>> 11) * 0x1p-53;
        audited.set(slot, place < fraction);
      }
    }
    return audited;
  }

  /** The fewest nodes below {@code node} of which an audited slot is one by itself. */
  public static List<TreeNode> cut(CanonicalTree tree, TreeNode node, BitSet audited) {
    List<TreeNode> pieces = new ArrayList<>();
    cut(tree, node, audited, pieces);
    return pieces;
  }

  private static void cut(
      CanonicalTree tree, TreeNode node, BitSet audited, List<TreeNode> pieces) {
    if (mixes(node, audited)) {
      cut(tree, tree.left(node), audited, pieces);
      cut(tree, tree.right(node), audited, pieces);
    } else {
      pieces.add(node);
    }
  }

  /** Whether an audited slot is added to others in this node: its sum tells nothing of the slot. */
  public static boolean mixes(TreeNode node, BitSet audited) {
    int first = audited.nextSetBit(node.first());
    return !node.isLeaf() && first >= 0 && first < node.end();
  }
}
