package dev.sampo.protocol.shard;

import dev.sampo.protocol.AuditRule;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Sighting;
import dev.sampo.protocol.message.Sighting.Fate;
import dev.sampo.protocol.tree.TreeNode;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The audits of one step at an owner: the digests of what came for the audited slots, and whether
 * the coordinator has found them in order. The owner itself judges nothing.
 */
final class Sightings {
  private final Set<Sighting> seen = new LinkedHashSet<>();
  private BitSet audited = new BitSet();
  private boolean cleared = true;

  /** Whether these are not the audited slots of the step under way. */
  boolean differFrom(BitSet slots) {
    return !audited.equals(slots);
  }

  /** A step begins of which nothing is there. */
  void begin(BitSet slots) {
    audited = slots;
    forget();
  }

  /** What was gathered is gone. */
  void forget() {
    seen.clear();
    cleared = audited.isEmpty();
  }

  void clear() {
    cleared = true;
  }

  boolean areCleared() {
    return cleared;
  }

  /** Whether the node's sum hides an audited slot. */
  boolean areHiddenBy(TreeNode node) {
    return AuditRule.mixes(node, audited);
  }

  boolean want(TreeNode node) {
    return node.isLeaf() && audited.get(node.first());
  }

  void see(TreeNode node, WorkerId from, Digest piece, Fate fate) {
    seen.add(new Sighting(node.first(), from, piece, fate));
  }

  List<Sighting> all() {
    return List.copyOf(seen);
  }

  List<Sighting> of(TreeNode node) {
    return seen.isEmpty() || !want(node)
        ? List.of()
        : seen.stream().filter(sighting -> sighting.slot() == node.first()).toList();
  }
}
