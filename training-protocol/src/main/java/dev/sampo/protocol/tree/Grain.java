package dev.sampo.protocol.tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The one level of the tree at which a lossy codec rounds gradients: its nodes are the largest with
 * at most {@code slots} slots, and together they cover every slot once.
 *
 * <p>The sum of such a node is rounded, whoever adds it up; below and above, sums are f32. So the
 * bits of the whole depend on the grain alone, and not on how leases were cut: no piece is larger
 * than the grain; one of its size comes rounded, and loses nothing when it travels so; a smaller
 * one comes as it is, and the owner rounds when its merges reach the grain.
 *
 * @param slots {@link #NONE} where gradients are not rounded at all
 */
public record Grain(CanonicalTree tree, int slots) {
  /** Pieces of any size, none of them rounded. */
  public static final int NONE = 0;

  public Grain {
    if (slots < 0) {
      throw new IllegalArgumentException("a grain holds slots, or is 0 for none: slots=" + slots);
    }
  }

  /** Whether this node's sum is rounded. */
  public boolean rounds(TreeNode node) {
    if (slots == NONE) {
      return false;
    }
    Optional<TreeNode> parent = tree.parent(node);
    return node.slots() <= slots && parent.map(above -> above.slots() > slots).orElse(true);
  }

  /** Whether a node's sum may be sent: it is not above the grain. */
  public boolean sends(TreeNode node) {
    return slots == NONE || node.slots() <= slots;
  }

  /** The nodes to send for a block, in slot order: never one above the grain. */
  public List<TreeNode> pieces(TreeNode block) {
    List<TreeNode> pieces = new ArrayList<>();
    split(block, pieces);
    return pieces;
  }

  private void split(TreeNode node, List<TreeNode> pieces) {
    if (sends(node)) {
      pieces.add(node);
    } else {
      split(tree.left(node), pieces);
      split(tree.right(node), pieces);
    }
  }
}
