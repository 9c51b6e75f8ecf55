package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.DeviceId;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.Quarantined;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Sighting;
import dev.sampo.protocol.tree.TreeNode;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The audits of one step: each audited slot is computed by two devices of one class, and every
 * owner tells what came. Owners answer for the very bytes that they add up, so a lie that counts is
 * seen, whoever computed what before; and what they have seen outlives this coordinator.
 *
 * <p>Where devices disagree the next one is asked, until two agree and are more than any others who
 * do: who made something else is wrong. A slot that no second device can compute is dropped from
 * the audits; one about which devices disagree never is.
 */
final class Audits {
  /** What one owner has told. */
  private static final class Shard {
    final Map<Integer, Set<Sighting>> seen = new HashMap<>();

    /** What follows, until something new is seen. */
    final Map<Integer, Comparison> compared = new HashMap<>();

    /** The slots that are confirmed. */
    final BitSet confirmed = new BitSet();

    /** The slots that no second device could compute. */
    final BitSet dropped = new BitSet();

    /** Whether its gradient was found in order, or is not needed. */
    boolean done;
  }

  private final long step;
  private final BitSet slots;
  private final Function<DeviceId, String> classes;
  private final List<Shard> shards = new ArrayList<>();

  /**
   * Nothing seen yet.
   *
   * @param classes the kernel class of a device; of one that is not known, one of its own
   */
  Audits(JobSpec job, long step, Function<DeviceId, String> classes) {
    this(job.audited(step), step, job.shards(), classes);
  }

  private Audits(BitSet slots, long step, int count, Function<DeviceId, String> classes) {
    this.slots = slots;
    this.step = step;
    this.classes = classes;
    for (int shard = 0; shard < count; shard++) {
      shards.add(new Shard());
    }
  }

  /** Of work of which nothing is audited. */
  static Audits none() {
    return new Audits(new BitSet(), -1, 0, device -> "");
  }

  /** The audited slots: each is a piece by itself. */
  BitSet slots() {
    return slots;
  }

  /** How many of them could not be compared. */
  int dropped() {
    BitSet anywhere = new BitSet();
    shards.forEach(shard -> anywhere.or(shard.dropped));
    return anywhere.cardinality();
  }

  /** This shard's gradient was found in order, or is not needed. */
  void done(int shard) {
    shards.get(shard).done = true;
  }

  /** An owner tells what came; says whether that was news. */
  boolean see(int shard, List<Sighting> told) {
    boolean isNews = false;
    Shard owner = shards.get(shard);
    for (Sighting sighting : told) {
      int slot = sighting.slot();
      if (owner.seen.computeIfAbsent(slot, at -> new LinkedHashSet<>()).add(sighting)) {
        owner.compared.remove(slot);
        isNews = true;
      }
    }
    return isNews;
  }

  /** Whether every slot is confirmed in every shard that needs it, or dropped. */
  boolean areOver() {
    for (Shard shard : shards) {
      for (int slot = slots.nextSetBit(0); slot >= 0; slot = slots.nextSetBit(slot + 1)) {
        if (isOpen(shard, slot) && !(compare(shard, slot) instanceof Comparison.Confirmed)) {
          return false;
        }
      }
    }
    return true;
  }

  private IntStream openSlots(Shard shard) {
    return slots.stream().filter(slot -> isOpen(shard, slot));
  }

  private Comparison compare(Shard shard, int slot) {
    return shard.compared.computeIfAbsent(
        slot,
        at -> {
          Comparison found = Comparison.of(shard.seen.getOrDefault(at, Set.of()), classes);
          shard.confirmed.set(at, found instanceof Comparison.Confirmed);
          return found;
        });
  }

  /** Who was found to be wrong: each once, by the first slot that shows it. */
  List<Quarantined> wrong() {
    Map<DeviceId, Quarantined> wrong = new TreeMap<>();
    for (int index = 0; index < shards.size(); index++) {
      int at = index;
      Shard shard = shards.get(index);
      openSlots(shard)
          .forEach(
              slot -> {
                if (compare(shard, slot) instanceof Comparison.Decided decided) {
                  decided
                      .dissenting()
                      .forEach(
                          (device, gave) ->
                              wrong.putIfAbsent(
                                  device,
                                  new Quarantined(
                                      device,
                                      step,
                                      slot,
                                      at,
                                      gave,
                                      decided.agreed(),
                                      decided.agreeing())));
                }
              });
    }
    return List.copyOf(wrong.values());
  }

  /** Whether some owner still wants this node from this worker, which has a lease of it. */
  boolean want(WorkerId worker, TreeNode node) {
    int slot = node.first();
    return node.isLeaf()
        && slots.get(slot)
        && shards.stream()
            .anyMatch(shard -> isOpen(shard, slot) && !hasSeen(shard, slot, worker.deviceId()));
  }

  private static boolean isOpen(Shard shard, int slot) {
    return !shard.done && !shard.confirmed.get(slot) && !shard.dropped.get(slot);
  }

  private static boolean hasSeen(Shard shard, int slot, DeviceId device) {
    return shard.seen.getOrDefault(slot, Set.of()).stream()
        .anyMatch(sighting -> sighting.from().deviceId().equals(device));
  }

  /**
   * Has every slot computed by as many devices as it takes.
   *
   * @param leases in which somebody is at every slot that is missing
   * @param workers who may compute, with their rates
   * @return a dispute that nobody is left to decide, in words; empty if there is none
   */
  Optional<String> plan(Leases leases, Map<WorkerId, Double> workers, long nowMs) {
    Optional<String> undecided = Optional.empty();
    for (int index = 0; index < shards.size(); index++) {
      Shard shard = shards.get(index);
      for (int slot : openSlots(shard).toArray()) {
        if (compare(shard, slot) instanceof Comparison.Open open) {
          switch (provide(slot, open, leases, workers, nowMs)) {
            case GIVEN -> {}
            case IMPOSSIBLE -> shard.dropped.set(slot);
            case UNDECIDABLE -> undecided = Optional.of(told(index, slot, open));
          }
        }
      }
    }
    return undecided;
  }

  /** Whether as many devices as it takes have computed a slot, or are at it. */
  private enum Help {
    GIVEN,
    /** No second device is there to compare with. */
    IMPOSSIBLE,
    /** Devices disagree, and no other is there. */
    UNDECIDABLE
  }

  private Help provide(
      int slot, Comparison.Open open, Leases leases, Map<WorkerId, Double> workers, long nowMs) {
    List<DeviceId> computing =
        leases.workersAt(new TreeNode(slot, 1)).stream().map(WorkerId::deviceId).toList();
    Optional<String> ofClass =
        open.seen().stream().findFirst().or(() -> computing.stream().findFirst()).map(classes);
    Set<DeviceId> busy = new HashSet<>(open.seen());
    computing.stream()
        .filter(device -> ofClass.equals(Optional.of(classes.apply(device))))
        .forEach(busy::add);
    while (!busy.isEmpty() && busy.size() < open.required()) {
      Optional<WorkerId> next =
          workers.keySet().stream()
              .filter(worker -> !busy.contains(worker.deviceId()))
              .filter(worker -> ofClass.equals(Optional.of(classes.apply(worker.deviceId()))))
              .filter(worker -> open.isDisputed() || !leases.isLate(worker))
              .min(leases.byLoad(workers));
      if (next.isEmpty()) {
        return busy.size() > open.seen().size()
            ? Help.GIVEN // somebody is at it still: a second may come by then
            : open.isDisputed() ? Help.UNDECIDABLE : Help.IMPOSSIBLE;
      }
      leases.grant(next.get(), new TreeNode(slot, 1), nowMs);
      busy.add(next.get().deviceId());
    }
    return Help.GIVEN;
  }

  private String told(int shard, int slot, Comparison.Open open) {
    return "devices disagree, and no other of their class can tell who is wrong: step="
        + step
        + ", slot="
        + slot
        + ", shard="
        + shard
        + ", devices="
        + open.seen()
        + "; hint: start another node of that class, or drain the one that you suspect";
  }
}
