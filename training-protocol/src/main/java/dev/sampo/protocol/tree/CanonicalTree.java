package dev.sampo.protocol.tree;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The fixed binary tree over S slots: a node of n > 1 slots splits at the largest power of two
 * below n. Sums go left + right along it, so their bits depend on S alone.
 */
public record CanonicalTree(int slots) {
  public CanonicalTree {
    if (slots < 1) {
      throw new IllegalArgumentException("a step has at least one slot: slots=" + slots);
    }
  }

  public TreeNode root() {
    return new TreeNode(0, slots);
  }

  public TreeNode left(TreeNode node) {
    return new TreeNode(node.first(), split(node));
  }

  public TreeNode right(TreeNode node) {
    int split = split(node);
    return new TreeNode(node.first() + split, node.slots() - split);
  }

  private static int split(TreeNode node) {
    if (node.isLeaf()) {
      throw new IllegalArgumentException("a leaf has no children: node=" + node);
    }
    return Integer.highestOneBit(node.slots() - 1);
  }

  /** Whether these slots are a node of this tree. */
  public boolean holds(TreeNode node) {
    return node.end() <= slots && descend(node).equals(node);
  }

  /** The parent, or empty for the root. */
  public Optional<TreeNode> parent(TreeNode node) {
    TreeNode parent = null;
    TreeNode at = root();
    while (!at.equals(node)) {
      if (at.isLeaf()) {
        throw new IllegalArgumentException(
            "not a node of the canonical tree: node=" + node + ", slots=" + slots);
      }
      parent = at;
      at = childContaining(at, node.first());
    }
    return Optional.ofNullable(parent);
  }

  /** The other child of the parent, or empty for the root. */
  public Optional<TreeNode> sibling(TreeNode node) {
    return parent(node).map(p -> left(p).equals(node) ? right(p) : left(p));
  }

  /** The fewest nodes that together cover exactly {@code range}, in slot order. */
  public List<TreeNode> cover(TreeNode range) {
    if (range.end() > slots) {
      throw new IllegalArgumentException(
          "a range lies within the slots: range=" + range + ", slots=" + slots);
    }
    List<TreeNode> nodes = new ArrayList<>();
    cover(root(), range, nodes);
    return nodes;
  }

  private void cover(TreeNode at, TreeNode range, List<TreeNode> nodes) {
    if (range.contains(at)) {
      nodes.add(at);
    } else if (at.first() < range.end() && range.first() < at.end()) {
      cover(left(at), range, nodes);
      cover(right(at), range, nodes);
    }
  }

  /** How many levels lie between the root and the deepest leaf. */
  public int depth() {
    return 32 - Integer.numberOfLeadingZeros(slots - 1);
  }

  /** The deepest node that begins where {@code node} begins or contains it and is no smaller. */
  private TreeNode descend(TreeNode node) {
    TreeNode at = root();
    while (at.slots() > node.slots()) {
      at = childContaining(at, node.first());
    }
    return at;
  }

  private TreeNode childContaining(TreeNode at, int slot) {
    TreeNode left = left(at);
    return left.contains(slot) ? left : right(at);
  }
}
