package dev.sampo.protocol.tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The one level of the tree at which a lossy codec rounds gradients: its nodes are the largest with
 * at most {@code slots} slots, and together they cover every slot once.
 *
 * <p>The sum of such a node is rounded, whoever adds it up; below and above, sums are f32. So the
 * bits of the whole depend on the grain alone, and not on how leases were cut: who holds more than
 * one node of the grain sends each by itself, rounded, which costs no more bits when it travels
 * rounded; who holds less sends it as it is, and the owner rounds when its merges reach the grain.
 */
public record Grain(CanonicalTree tree, int slots) {
  public Grain {
    if (slots < 1) {
      throw new IllegalArgumentException("a grain holds at least one slot: slots=" + slots);
    }
  }

  /** Whether this node's sum is rounded. */
  public boolean rounds(TreeNode node) {
    Optional<TreeNode> parent = tree.parent(node);
    return node.slots() <= slots && parent.map(above -> above.slots() > slots).orElse(true);
  }

  /** The nodes to send for a block, in slot order: never one above the grain. */
  public List<TreeNode> pieces(TreeNode block) {
    List<TreeNode> pieces = new ArrayList<>();
    split(block, pieces);
    return pieces;
  }

  private void split(TreeNode node, List<TreeNode> pieces) {
    if (node.slots() <= slots) {
      pieces.add(node);
    } else {
      split(tree.left(node), pieces);
      split(tree.right(node), pieces);
    }
  }
}
