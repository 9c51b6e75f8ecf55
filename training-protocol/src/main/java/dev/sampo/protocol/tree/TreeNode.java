package dev.sampo.protocol.tree;

/** The slots {@code first .. first + slots - 1} as one node of a {@link CanonicalTree}. */
public record TreeNode(int first, int slots) implements Comparable<TreeNode> {
  public TreeNode {
    if (first < 0 || slots < 1) {
      throw new IllegalArgumentException(
          "a tree node covers at least one slot: first=" + first + ", slots=" + slots);
    }
  }

  /** One past the last slot. */
  public int end() {
    return first + slots;
  }

  public boolean contains(TreeNode other) {
    return first <= other.first && other.end() <= end();
  }

  public boolean contains(int slot) {
    return first <= slot && slot < end();
  }

  public boolean isLeaf() {
    return slots == 1;
  }

  @Override
  public int compareTo(TreeNode other) {
    int byFirst = Integer.compare(first, other.first);
    return byFirst != 0 ? byFirst : Integer.compare(slots, other.slots);
  }

  @Override
  public String toString() {
    return "[" + first + ".." + (end() - 1) + "]";
  }
}
