package dev.sampo.protocol.shard;

import dev.sampo.protocol.Digest;
import dev.sampo.protocol.GradientFacts;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Sighting;
import dev.sampo.protocol.message.Sighting.Fate;
import dev.sampo.protocol.message.Verdict;
import dev.sampo.protocol.tree.Grain;
import dev.sampo.protocol.tree.TreeNode;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What one replica has of the gradient of the step it is at: an owner's pieces until they are
 * whole, then the whole gradient and who else is known to hold it.
 *
 * <p>The base names the version that pieces must have been computed from. Under one fence nothing
 * replaces a whole gradient; it stays until the step after it begins, since recovery may ask for
 * it.
 */
final class StepGradient {
  /** Pieces held besides the log2(S)+1 that are kept back. */
  private static final int PIECE_LIMIT = 64;

  /** A whole gradient: of one step, held until the step after it begins. */
  record Whole(long step, ShardMemory.Gradient gradient, GradientFacts facts) {
    boolean is(long ofStep, Digest hash) {
      return step == ofStep && facts.hash().equals(hash);
    }
  }

  private final ShardMemory memory;
  private final Grain grain;
  private final Pieces pieces;
  private final Sightings sightings = new Sightings();
  private final Set<Member> heldBy = new TreeSet<>();
  private @Nullable Whole whole;
  private @Nullable Digest base;
  private long step = -1;

  StepGradient(Grain grain, ShardMemory memory) {
    this.memory = memory;
    this.grain = grain;
    this.pieces = new Pieces(grain, memory, PIECE_LIMIT);
  }

  /** The step whose base is known, -1 for none. */
  long step() {
    return step;
  }

  @Nullable Whole whole() {
    return whole;
  }

  /** The tree nodes that it has; all slots once they are whole. */
  List<TreeNode> coverage() {
    return whole != null && whole.step == step ? List.of(grain.tree().root()) : pieces.coverage();
  }

  /** The pieces that are not whole yet. */
  List<TreeNode> gathered() {
    return pieces.coverage();
  }

  /** Version {@code ofStep} is committed with these bits: pieces computed from it are welcome. */
  void begin(long ofStep, Digest baseHash, BitSet audited) {
    if (whole != null && whole.step < ofStep) {
      dropWhole();
    }
    boolean isAnother = !baseHash.equals(base) || sightings.differFrom(audited);
    if (base != null && step == ofStep && isAnother) {
      forget();
    }
    if (step != ofStep) {
      sightings.begin(audited);
      if (whole != null) {
        // It came before the base did, from an owner whose audits were done.
        sightings.clear();
      }
    }
    base = baseHash;
    step = ofStep;
  }

  /** The audits of the step are done: what is gathered may be held. */
  void clear() {
    sightings.clear();
  }

  /** The whole gradient if it may be held by others, too. */
  @Nullable Whole cleared() {
    return sightings.areCleared() ? whole : null;
  }

  /** All that was seen of audited slots. */
  List<Sighting> seen() {
    return sightings.all();
  }

  /** What was seen of the audited slot that {@code node} is, if it is one. */
  List<Sighting> seenOf(TreeNode node) {
    return sightings.of(node);
  }

  /**
   * Takes a piece of the step after version {@code newest} over, or releases it. What an audited
   * slot is worth is noted of the very bytes that are added up, or would have been.
   */
  Verdict offer(
      WorkerId from,
      long ofStep,
      long newest,
      long basePrefix,
      TreeNode node,
      ShardMemory.Gradient piece) {
    Digest known = ofStep == step ? base : null;
    Verdict verdict = null;
    if (ofStep < newest) {
      verdict = Verdict.COVERED;
    } else if (ofStep > newest || known == null) {
      verdict = Verdict.NOT_YET;
    } else if (known.prefix() != basePrefix || !isAPiece(node)) {
      verdict = Verdict.REFUSED;
    }
    if (verdict != null) {
      memory.release(piece);
      return verdict;
    }
    Digest bits = sightings.want(node) ? memory.examine(piece).hash() : null;
    boolean isThere = whole != null || pieces.has(node);
    if (isThere) {
      memory.release(piece);
      verdict = Verdict.COVERED;
    } else {
      verdict = pieces.offer(node, piece);
    }
    if (bits != null && verdict == Verdict.COVERED) {
      sightings.see(node, from, bits, isThere ? Fate.COMPARED : Fate.TAKEN);
    }
    return verdict;
  }

  private boolean isAPiece(TreeNode node) {
    return grain.tree().holds(node) && grain.sends(node) && !sightings.areHiddenBy(node);
  }

  /** Makes the gradient whole if no slot is missing any more. */
  void gather() {
    ShardMemory.Gradient root = whole == null ? pieces.takeRoot() : null;
    if (root != null) {
      whole = new Whole(step, root, memory.examine(root));
      // A late Held of the step before must not count for this one.
      heldBy.clear();
    }
  }

  /** Takes over a whole gradient that another has reduced; what it hashes to is computed here. */
  Whole adopt(long ofStep, ShardMemory.Gradient gradient) {
    dropWhole();
    sightings.clear();
    whole = new Whole(ofStep, gradient, memory.examine(gradient));
    return whole;
  }

  /** Whether it was news that {@code replica} holds the whole gradient. */
  boolean heldBy(Member replica) {
    return heldBy.add(replica);
  }

  List<Member> lackingAmong(Collection<Member> replicas) {
    return replicas.stream().filter(replica -> !heldBy.contains(replica)).toList();
  }

  /** What others held under an older fence must be held anew. */
  void nobodyElseHolds() {
    heldBy.clear();
  }

  /** An owner no more, or past the step: what only an owner may have is gone. */
  void dropPieces() {
    pieces.clear();
    if (whole == null || !sightings.areCleared()) {
      dropWhole();
      sightings.forget();
    }
  }

  void forget() {
    pieces.clear();
    dropWhole();
    sightings.forget();
    base = null;
    step = -1;
  }

  private void dropWhole() {
    if (whole != null) {
      memory.release(whole.gradient);
      whole = null;
    }
  }
}
