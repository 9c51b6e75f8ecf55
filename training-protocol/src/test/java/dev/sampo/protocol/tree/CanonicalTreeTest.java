package dev.sampo.protocol.tree;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CanonicalTreeTest {
  private static final int LARGEST = 300;

  private static List<TreeNode> nodesOf(CanonicalTree tree) {
    List<TreeNode> nodes = new ArrayList<>();
    Deque<TreeNode> open = new ArrayDeque<>(List.of(tree.root()));
    while (!open.isEmpty()) {
      TreeNode node = open.removeFirst();
      nodes.add(node);
      if (!node.isLeaf()) {
        open.add(tree.left(node));
        open.add(tree.right(node));
      }
    }
    return nodes;
  }

  @Test
  void splitsAtTheLargestPowerOfTwoBelow() {
    CanonicalTree tree = new CanonicalTree(11);
    assertEquals(new TreeNode(0, 8), tree.left(tree.root()));
    assertEquals(new TreeNode(8, 3), tree.right(tree.root()));
    assertEquals(new TreeNode(8, 2), tree.left(new TreeNode(8, 3)));
    assertEquals(4, new CanonicalTree(9).depth());
    assertEquals(3, new CanonicalTree(8).depth());
    assertEquals(0, new CanonicalTree(1).depth());
  }

  @Test
  void parentsAndSiblingsFitTheChildrenForEveryNumberOfSlots() {
    for (int slots = 1; slots <= LARGEST; slots++) {
      CanonicalTree tree = new CanonicalTree(slots);
      List<TreeNode> nodes = nodesOf(tree);
      assertEquals(2 * slots - 1, nodes.size());
      assertEquals(Optional.empty(), tree.parent(tree.root()));
      assertEquals(Optional.empty(), tree.sibling(tree.root()));
      for (TreeNode node : nodes) {
        if (!node.isLeaf()) {
          TreeNode left = tree.left(node);
          TreeNode right = tree.right(node);
          assertEquals(left.end(), right.first());
          assertEquals(node.slots(), left.slots() + right.slots());
          assertEquals(Optional.of(node), tree.parent(left));
          assertEquals(Optional.of(node), tree.parent(right));
          assertEquals(Optional.of(right), tree.sibling(left));
          assertEquals(Optional.of(left), tree.sibling(right));
        }
      }
    }
  }

  @Test
  void holdsItsNodesAndNoOtherRange() {
    for (int slots = 1; slots <= 70; slots++) {
      CanonicalTree tree = new CanonicalTree(slots);
      Set<TreeNode> nodes = new HashSet<>(nodesOf(tree));
      for (int first = 0; first <= slots; first++) {
        for (int width = 1; width <= slots + 1; width++) {
          TreeNode range = new TreeNode(first, width);
          assertEquals(nodes.contains(range), tree.holds(range), slots + " slots, " + range);
        }
      }
    }
  }

  @Test
  void coversARangeExactlyWithTheFewestNodes() {
    for (int slots = 1; slots <= LARGEST; slots += 1 + slots / 20) {
      CanonicalTree tree = new CanonicalTree(slots);
      for (int first = 0; first < slots; first += 1 + slots / 40) {
        for (int end = first + 1; end <= slots; end += 1 + slots / 40) {
          int at = first;
          List<TreeNode> cover = tree.cover(new TreeNode(first, end - first));
          for (TreeNode node : cover) {
            assertEquals(at, node.first());
            assertTrue(tree.holds(node));
            assertFalse(
                tree.parent(node).map(new TreeNode(first, end - first)::contains).orElse(false),
                "the parent would do: " + node);
            at = node.end();
          }
          assertEquals(end, at);
        }
      }
    }
  }

  @Test
  void refusesWhatIsNoNode() {
    CanonicalTree tree = new CanonicalTree(8);
    assertThrows(IllegalArgumentException.class, () -> tree.parent(new TreeNode(1, 2)));
    assertThrows(IllegalArgumentException.class, () -> tree.left(new TreeNode(1, 1)));
    assertThrows(IllegalArgumentException.class, () -> tree.cover(new TreeNode(5, 4)));
    assertThrows(IllegalArgumentException.class, () -> new CanonicalTree(0));
    assertThrows(IllegalArgumentException.class, () -> new TreeNode(0, 0));
  }
}
