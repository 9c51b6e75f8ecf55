package dev.sampo.gradient.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.tree.CanonicalTree;
import dev.sampo.protocol.tree.Grain;
import dev.sampo.protocol.tree.TreeNode;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/** Gradients that travel in bf16 sum to the same bits however leases were cut. */
final class GrainTest {
  private static final int ELEMENTS = 5;

  private static float[] add(float[] left, float[] right) {
    float[] sum = new float[ELEMENTS];
    for (int n = 0; n < ELEMENTS; n++) {
      sum[n] = left[n] + right[n];
    }
    return sum;
  }

  private static float[] rounded(float[] exact) {
    MemorySegment half = MemorySegment.ofArray(new short[ELEMENTS]);
    float[] back = new float[ELEMENTS];
    Codec.BF16.encode(MemorySegment.ofArray(exact), 0, half, 0, ELEMENTS * Float.BYTES);
    Codec.BF16.decode(half, 0, MemorySegment.ofArray(back), 0, ELEMENTS * Float.BYTES);
    return back;
  }

  /** What the rule says, with nobody and nothing between. */
  private static float[] sum(Grain grain, TreeNode node, float[][] slots) {
    CanonicalTree tree = grain.tree();
    float[] exact =
        node.isLeaf()
            ? slots[node.first()]
            : add(sum(grain, tree.left(node), slots), sum(grain, tree.right(node), slots));
    return grain.rounds(node) ? rounded(exact) : exact;
  }

  /** An owner: merges siblings at once, rounds what its own merges bring to the grain. */
  private static final class Owner {
    private final Grain grain;
    private final Map<TreeNode, float[]> held = new TreeMap<>();

    Owner(Grain grain) {
      this.grain = grain;
    }

    void take(TreeNode node, float[] piece) {
      if (held.keySet().stream().anyMatch(other -> other.contains(node))) {
        return;
      }
      held.keySet().removeIf(node::contains);
      TreeNode at = node;
      float[] sum = piece;
      var sibling = grain.tree().sibling(at);
      while (sibling.isPresent() && held.containsKey(sibling.get())) {
        float[] other = held.remove(sibling.get());
        sum = at.first() < sibling.get().first() ? add(sum, other) : add(other, sum);
        at = grain.tree().parent(at).orElseThrow();
        sum = grain.rounds(at) ? rounded(sum) : sum;
        sibling = grain.tree().sibling(at);
      }
      held.put(at, sum);
    }
  }

  private static void cut(CanonicalTree tree, TreeNode node, Random random, List<TreeNode> into) {
    if (node.isLeaf() || random.nextInt(3) == 0) {
      into.add(node);
    } else {
      cut(tree, tree.left(node), random, into);
      cut(tree, tree.right(node), random, into);
    }
  }

  private static float[][] slots(int count, Random random) {
    float[][] slots = new float[count][ELEMENTS];
    for (float[] slot : slots) {
      for (int n = 0; n < ELEMENTS; n++) {
        slot[n] = (random.nextFloat() - 0.5f) * (float) Math.pow(10, random.nextInt(6));
      }
    }
    return slots;
  }

  @Test
  void anyCutInAnyOrderWithAnyRepeatsGivesOneHash() {
    for (int seed = 0; seed < 1_000; seed++) {
      Random random = new Random(seed);
      CanonicalTree tree = new CanonicalTree(1 + random.nextInt(60));
      Grain grain = new Grain(tree, 1 + random.nextInt(16));
      float[][] slots = slots(tree.slots(), random);
      float[] expected = sum(grain, tree.root(), slots);
      for (int trial = 0; trial < 3; trial++) {
        List<TreeNode> leases = new ArrayList<>();
        cut(tree, tree.root(), random, leases);
        cut(tree, tree.root(), random, leases);
        List<TreeNode> pieces = new ArrayList<>();
        leases.forEach(lease -> pieces.addAll(grain.pieces(lease)));
        pieces.addAll(pieces.subList(0, random.nextInt(pieces.size() + 1)));
        Collections.shuffle(pieces, random);
        Owner owner = new Owner(grain);
        for (TreeNode piece : pieces) {
          float[] computed = sum(grain, piece, slots);
          // What is at the grain travels in bf16, and loses nothing by it.
          owner.take(piece, grain.rounds(piece) ? rounded(computed) : computed);
        }
        assertEquals(Set.of(tree.root()), owner.held.keySet(), "seed=" + seed);
        assertArrayEquals(expected, owner.held.get(tree.root()), "seed=" + seed);
      }
    }
  }

  /** The test can fail: rounding whatever is sent makes the bits depend on the cut. */
  @Test
  void roundingWhateverIsSentWouldGiveManyHashes() {
    Random random = new Random(1);
    CanonicalTree tree = new CanonicalTree(32);
    float[][] slots = slots(tree.slots(), random);
    Set<Long> hashes = new HashSet<>();
    for (int trial = 0; trial < 20; trial++) {
      List<TreeNode> leases = new ArrayList<>();
      cut(tree, tree.root(), random, leases);
      Map<TreeNode, float[]> sent = new TreeMap<>();
      leases.forEach(lease -> sent.put(lease, rounded(exact(tree, lease, slots))));
      hashes.add(hash(fold(tree, tree.root(), sent)));
    }
    assertNotEquals(1, hashes.size());
  }

  private static float[] exact(CanonicalTree tree, TreeNode node, float[][] slots) {
    return node.isLeaf()
        ? slots[node.first()]
        : add(exact(tree, tree.left(node), slots), exact(tree, tree.right(node), slots));
  }

  private static float[] fold(CanonicalTree tree, TreeNode node, Map<TreeNode, float[]> sent) {
    float[] piece = sent.get(node);
    return piece != null
        ? piece
        : add(fold(tree, tree.left(node), sent), fold(tree, tree.right(node), sent));
  }

  private static long hash(float[] values) {
    CRC32 crc = new CRC32();
    for (float value : values) {
      crc.update(Integer.toHexString(Float.floatToRawIntBits(value)).getBytes(UTF_8));
    }
    return crc.getValue();
  }

  @Test
  void theGrainCoversEverySlotOnce() {
    for (int slots = 1; slots <= 70; slots++) {
      CanonicalTree tree = new CanonicalTree(slots);
      for (int size = 1; size <= 70; size++) {
        Grain grain = new Grain(tree, size);
        int at = 0;
        for (TreeNode piece : grain.pieces(tree.root())) {
          assertEquals(at, piece.first());
          assertTrue(grain.rounds(piece));
          assertTrue(tree.parent(piece).isEmpty() || !grain.rounds(tree.parent(piece).get()));
          at = piece.end();
        }
        assertEquals(slots, at);
        assertFalse(size < slots && grain.rounds(tree.root()));
      }
    }
  }
}
