package dev.sampo.protocol.shard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.message.Verdict;
import dev.sampo.protocol.tree.CanonicalTree;
import dev.sampo.protocol.tree.Grain;
import dev.sampo.protocol.tree.TreeNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PiecesTest {
  /** What one loop makes of it: left + right, in floats that round. */
  private static float fold(CanonicalTree tree, TreeNode node, float[] slots) {
    return node.isLeaf()
        ? slots[node.first()]
        : fold(tree, tree.left(node), slots) + fold(tree, tree.right(node), slots);
  }

  private static Grain plain(CanonicalTree tree) {
    return new Grain(tree, Grain.NONE);
  }

  private static float[] slots(int count, Random random) {
    float[] values = new float[count];
    for (int slot = 0; slot < count; slot++) {
      values[slot] = (random.nextFloat() - 0.5f) * (float) Math.pow(10, random.nextInt(6));
    }
    return values;
  }

  /** Cuts the node at random into nodes, as leases do. */
  private static void cut(CanonicalTree tree, TreeNode node, Random random, List<TreeNode> into) {
    if (node.isLeaf() || random.nextInt(3) == 0) {
      into.add(node);
    } else {
      cut(tree, tree.left(node), random, into);
      cut(tree, tree.right(node), random, into);
    }
  }

  @Test
  void anyPartitionInAnyOrderWithAnyRepeatsGivesTheBitsOfTheFold() {
    for (int seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      CanonicalTree tree = new CanonicalTree(1 + random.nextInt(60));
      float[] slots = slots(tree.slots(), random);
      TextMemory memory = new TextMemory();
      Pieces pieces = new Pieces(plain(tree), memory, 64);
      List<TreeNode> arriving = new ArrayList<>();
      cut(tree, tree.root(), random, arriving);
      cut(tree, tree.root(), random, arriving);
      arriving.addAll(arriving.subList(0, random.nextInt(arriving.size() + 1)));
      Collections.shuffle(arriving, random);
      for (TreeNode node : arriving) {
        pieces.offer(node, memory.piece("", fold(tree, node, slots)));
      }
      TextMemory.Piece root = (TextMemory.Piece) pieces.takeRoot();
      assertNotNull(root, "seed=" + seed);
      assertEquals(fold(tree, tree.root(), slots), root.sum.value(), "seed=" + seed + ", " + tree);
      assertEquals(1, memory.live(), "seed=" + seed);
      assertEquals(List.of(), pieces.coverage());
    }
  }

  private static float fold(Grain grain, TreeNode node, float[] slots) {
    CanonicalTree tree = grain.tree();
    float sum =
        node.isLeaf()
            ? slots[node.first()]
            : fold(grain, tree.left(node), slots) + fold(grain, tree.right(node), slots);
    return grain.rounds(node) ? TextMemory.rounded(sum) : sum;
  }

  @Test
  void withAGrainTheBitsDependOnItAloneAndNotOnHowLeasesWereCut() {
    int changed = 0;
    for (int seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      CanonicalTree tree = new CanonicalTree(1 + random.nextInt(60));
      Grain grain = new Grain(tree, 1 + random.nextInt(tree.slots()));
      float[] slots = slots(tree.slots(), random);
      TextMemory memory = new TextMemory();
      Pieces pieces = new Pieces(grain, memory, 64);
      List<TreeNode> leases = new ArrayList<>();
      cut(tree, tree.root(), random, leases);
      cut(tree, tree.root(), random, leases);
      List<TreeNode> arriving = new ArrayList<>();
      leases.forEach(lease -> arriving.addAll(grain.pieces(lease)));
      Collections.shuffle(arriving, random);
      for (TreeNode node : arriving) {
        pieces.offer(node, memory.piece("", fold(grain, node, slots)));
      }
      TextMemory.Piece root = (TextMemory.Piece) pieces.takeRoot();
      assertNotNull(root, "seed=" + seed);
      assertEquals(
          fold(grain, tree.root(), slots), root.sum.value(), "seed=" + seed + ", " + grain);
      assertEquals(1, memory.live(), "seed=" + seed);
      changed += root.sum.value() == fold(tree, tree.root(), slots) ? 0 : 1;
    }
    assertTrue(changed > 1_000, "rounding can be seen: changed=" + changed);
  }

  /** What a worker does with its leaves: log2(S) partial sums are alive at most. */
  @Test
  void foldingInSlotOrderKeepsNoMoreSumsThanTheTreeIsDeep() {
    for (int slots = 1; slots <= 300; slots++) {
      CanonicalTree tree = new CanonicalTree(slots);
      TextMemory memory = new TextMemory();
      Pieces pieces = new Pieces(plain(tree), memory, slots);
      for (int slot = 0; slot < slots; slot++) {
        pieces.offer(new TreeNode(slot, 1), memory.piece("p"));
        assertTrue(memory.live() <= Math.max(1, tree.depth()), slots + " slots, at " + slot);
      }
      assertEquals(List.of(tree.root()), pieces.coverage());
    }
  }

  @Test
  void aNodeTakesThePlaceOfWhatItContains() {
    TextMemory memory = new TextMemory();
    Pieces pieces = new Pieces(plain(new CanonicalTree(4)), memory, 64);
    pieces.offer(new TreeNode(0, 1), memory.piece("0"));
    pieces.offer(new TreeNode(3, 1), memory.piece("3"));
    pieces.offer(new TreeNode(0, 2), memory.piece("01"));
    assertEquals(List.of(new TreeNode(0, 2), new TreeNode(3, 1)), pieces.coverage());
    assertEquals(2, memory.live());
    pieces.clear();
    assertEquals(0, memory.live());
    assertNull(pieces.takeRoot());
  }

  @Test
  void noOrderOfArrivalCanBlockAFullBuffer() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      CanonicalTree tree = new CanonicalTree(40);
      TextMemory memory = new TextMemory();
      int limit = 3;
      Pieces pieces = new Pieces(plain(tree), memory, limit);
      List<TreeNode> waiting = new ArrayList<>();
      for (int slot = 0; slot < tree.slots(); slot++) {
        waiting.add(new TreeNode(slot, 1));
      }
      for (int round = 0; !waiting.isEmpty(); round++) {
        Collections.shuffle(waiting, random);
        waiting.removeIf(node -> pieces.offer(node, memory.piece("p")) == Verdict.COVERED);
        assertTrue(round <= tree.slots(), "blocked: seed=" + seed + ", waiting=" + waiting);
        assertTrue(memory.live() <= limit + tree.depth() + 1, "seed=" + seed);
      }
      assertNotNull(pieces.takeRoot(), "seed=" + seed);
    }
  }
}
