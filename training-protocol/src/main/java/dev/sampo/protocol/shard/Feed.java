package dev.sampo.protocol.shard;

import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.message.Message.Fed;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The last committed steps as a learner is told of them, and their gradients: the word comes by the
 * control plane, the bytes by the data plane, either first.
 */
final class Feed {
  /**
   * Steps that are kept for blocks still on their way. A block and the feed share a path, and the
   * longest block is a whole shard: with two kinds of state as long as three gradients.
   */
  static final int STEPS = 4;

  private record Brought(ShardMemory.Gradient gradient, Digest hash) {}

  private final ShardMemory memory;
  private final TreeMap<Long, Fed> told = new TreeMap<>();
  private final TreeMap<Long, Brought> brought = new TreeMap<>();

  /** The newest version that is known to be committed, -1 for none. */
  private long committed = -1;

  Feed(ShardMemory memory) {
    this.memory = memory;
  }

  /** That version is committed: steps far behind it are not waited for any more. */
  void committed(long version) {
    committed = Math.max(committed, version);
    dropBelow(committed - STEPS);
  }

  /** A step is committed. */
  void tell(Fed fed) {
    long step = fed.record().version() - 1;
    if (step >= committed - STEPS) {
      told.putIfAbsent(step, fed);
      drop(brought.get(step), step);
    }
  }

  /** The bytes of a gradient are here; they are this feed's from now on. */
  void bring(long step, ShardMemory.Gradient gradient) {
    boolean isNear = step <= committed && step >= committed - STEPS;
    if (!isNear || brought.containsKey(step)) {
      memory.release(gradient);
      return;
    }
    Brought here = new Brought(gradient, memory.examine(gradient).hash());
    brought.put(step, here);
    drop(here, step);
  }

  /** Ends a gradient if it is known to be another than the committed one. */
  private void drop(@Nullable Brought here, long step) {
    Fed word = told.get(step);
    if (here != null && word != null && !here.hash.equals(word.gradient())) {
      brought.remove(step);
      memory.release(here.gradient);
    }
  }

  /** Whether the word of a step is here: its bytes are, or may still come. */
  boolean isTold(long step) {
    return told.containsKey(step);
  }

  /** Whether a step can be made. */
  boolean isWhole(long step) {
    Fed word = told.get(step);
    return word != null && (word.gradient() == null || brought.containsKey(step));
  }

  /** Of a step that can be made. */
  Decision decision(long step) {
    Fed word = told.get(step);
    if (word == null) {
      throw new IllegalStateException("a step is made that was fed: step=" + step);
    }
    return word.record().decisionOrThrow();
  }

  /** Of a step that can be made; null if it is skipped. */
  ShardMemory.@Nullable Gradient gradient(long step) {
    Brought here = brought.get(step);
    return here == null ? null : here.gradient;
  }

  /** No block needs a step below this one any more. */
  void dropBelow(long step) {
    told.headMap(step).clear();
    var past = brought.headMap(step);
    past.values().forEach(here -> memory.release(here.gradient));
    past.clear();
  }

  void forget() {
    dropBelow(Long.MAX_VALUE);
    committed = -1;
  }
}
