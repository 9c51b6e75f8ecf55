package dev.sampo.protocol.worker;

import dev.sampo.protocol.message.SlotLoss;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The slots of the held-out text that a worker was asked for, and what it has found of them. */
final class HeldOut {
  private final List<Integer> waiting = new ArrayList<>();
  private final Map<Integer, SlotLoss> found = new TreeMap<>();
  private @Nullable Integer computing;
  private boolean computingIsStale;

  /** What is not named any more, another has taken. */
  void ask(List<Integer> slots) {
    waiting.clear();
    for (Integer slot : slots) {
      boolean underWay = slot.equals(computing) && !computingIsStale;
      if (!underWay && !found.containsKey(slot)) {
        waiting.add(slot);
      }
    }
  }

  /** What was found of {@code slots} so far. */
  List<SlotLoss> foundOf(List<Integer> slots) {
    return slots.stream().map(found::get).filter(loss -> loss != null).toList();
  }

  boolean isComputing() {
    return computing != null;
  }

  /** Begins with the next slot; null if there is none. */
  @Nullable Integer begin() {
    if (waiting.isEmpty()) {
      return null;
    }
    computing = waiting.removeFirst();
    computingIsStale = false;
    return computing;
  }

  /**
   * The slot that was begun is done.
   *
   * @return whether its loss is of the version that is asked for
   */
  boolean end(SlotLoss loss) {
    boolean counts = !computingIsStale;
    computing = null;
    computingIsStale = false;
    if (counts) {
      found.put(loss.slot(), loss);
    }
    return counts;
  }

  /** Another version is to be computed from. */
  void forget() {
    waiting.clear();
    found.clear();
    computingIsStale = computing != null;
  }
}
