package dev.sampo.protocol.shard;

import dev.sampo.protocol.message.Verdict;
import dev.sampo.protocol.tree.CanonicalTree;
import dev.sampo.protocol.tree.Grain;
import dev.sampo.protocol.tree.TreeNode;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The pieces of one step's gradient that an owner holds: tree nodes, no two of which overlap and no
 * two of which are siblings, since siblings are merged at once.
 */
final class Pieces {
  private final Grain grain;
  private final CanonicalTree tree;
  private final ShardMemory memory;
  private final int limit;
  private final NavigableMap<TreeNode, ShardMemory.Gradient> held = new TreeMap<>();

  /**
   * @param limit how many pieces are held at most, besides those kept back for the piece with the
   *     first missing slot, so that no order of arrival can block
   */
  Pieces(Grain grain, ShardMemory memory, int limit) {
    this.grain = grain;
    this.tree = grain.tree();
    this.memory = memory;
    this.limit = limit;
  }

  /**
   * Takes the piece, which is not above the grain and rounded if it is of it, over or releases it;
   * says which to its pusher.
   */
  Verdict offer(TreeNode node, ShardMemory.Gradient piece) {
    if (has(node)) {
      memory.release(piece);
      return Verdict.COVERED;
    }
    if (held.size() >= limit && !node.contains(firstMissing())) {
      memory.release(piece);
      return Verdict.NOT_YET;
    }
    List<TreeNode> below = held.keySet().stream().filter(node::contains).toList();
    below.forEach(this::drop);
    merge(node, piece);
    return Verdict.COVERED;
  }

  /** Whether the node's slots are among those held. */
  boolean has(TreeNode node) {
    return held.keySet().stream().anyMatch(other -> other.contains(node));
  }

  private void merge(TreeNode node, ShardMemory.Gradient piece) {
    TreeNode at = node;
    ShardMemory.Gradient sum = piece;
    Optional<TreeNode> sibling = tree.sibling(at);
    while (sibling.isPresent() && held.containsKey(sibling.get())) {
      ShardMemory.Gradient other = held.remove(sibling.get());
      boolean isLeft = at.first() < sibling.get().first();
      sum = isLeft ? memory.add(sum, other) : memory.add(other, sum);
      at = tree.parent(at).orElseThrow();
      sum = grain.rounds(at) ? memory.round(sum) : sum;
      sibling = tree.sibling(at);
    }
    held.put(at, sum);
  }

  /** The whole gradient, which ends to be held here; null while slots are missing. */
  ShardMemory.@Nullable Gradient takeRoot() {
    return held.remove(tree.root());
  }

  List<TreeNode> coverage() {
    return List.copyOf(held.keySet());
  }

  void clear() {
    new ArrayList<>(held.keySet()).forEach(this::drop);
  }

  private void drop(TreeNode node) {
    ShardMemory.Gradient piece = held.remove(node);
    if (piece != null) {
      memory.release(piece);
    }
  }

  private int firstMissing() {
    int slot = 0;
    for (TreeNode node : held.keySet()) {
      if (node.first() > slot) {
        return slot;
      }
      slot = node.end();
    }
    return slot;
  }
}
