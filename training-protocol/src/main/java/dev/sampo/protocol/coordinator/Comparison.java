package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.DeviceId;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.message.Sighting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** What follows from all that one owner has seen of one audited slot. */
sealed interface Comparison {
  /** Fewer cannot confirm each other. */
  int PAIR = 2;

  /** The piece that is added up is, bit for bit, what another device made, and nobody's differs. */
  record Confirmed() implements Comparison {}

  /**
   * Too few have computed the slot.
   *
   * @param seen the devices that have, in the order in which their pieces came
   * @param required how many must have, before there can be more to say
   */
  record Open(Set<DeviceId> seen, int required) implements Comparison {
    boolean isDisputed() {
      return required > PAIR;
    }
  }

  /**
   * More devices agree than on anything else, and they are at least two.
   *
   * @param dissenting what each of the others made
   */
  record Decided(Digest agreed, List<DeviceId> agreeing, Map<DeviceId, Digest> dissenting)
      implements Comparison {}

  /**
   * Compares pieces of the class of the one that is added up; what devices of other classes made
   * says nothing.
   *
   * @param classes the kernel class of a device
   */
  static Comparison of(Set<Sighting> seen, Function<DeviceId, String> classes) {
    Optional<DeviceId> taken =
        seen.stream().filter(Sighting::isTaken).map(s -> s.from().deviceId()).findFirst();
    if (taken.isEmpty()) {
      return new Open(Set.of(), PAIR);
    }
    Map<Digest, Set<DeviceId>> made = made(seen, taken.get(), classes);
    if (made.size() == 1) {
      Set<DeviceId> agreeing = made.values().iterator().next();
      return agreeing.size() < PAIR ? new Open(agreeing, PAIR) : new Confirmed();
    }
    int most = made.values().stream().mapToInt(Set::size).max().orElseThrow();
    List<Map.Entry<Digest, Set<DeviceId>>> best =
        made.entrySet().stream().filter(entry -> entry.getValue().size() == most).toList();
    if (most >= PAIR && best.size() == 1) {
      return decided(best.getFirst().getKey(), made);
    }
    Set<DeviceId> all = new LinkedHashSet<>();
    made.values().forEach(all::addAll);
    return new Open(all, Math.max(PAIR, all.size()) + 1);
  }

  /** Which devices of one class made which bits. */
  private static Map<Digest, Set<DeviceId>> made(
      Set<Sighting> seen, DeviceId taken, Function<DeviceId, String> classes) {
    String ofClass = classes.apply(taken);
    Map<Digest, Set<DeviceId>> made = new LinkedHashMap<>();
    for (Sighting sighting : seen) {
      DeviceId device = sighting.from().deviceId();
      if (classes.apply(device).equals(ofClass)) {
        made.computeIfAbsent(sighting.piece(), piece -> new LinkedHashSet<>()).add(device);
      }
    }
    return made;
  }

  private static Decided decided(Digest agreed, Map<Digest, Set<DeviceId>> made) {
    List<DeviceId> agreeing = new ArrayList<>();
    Map<DeviceId, Digest> dissenting = new LinkedHashMap<>();
    made.forEach(
        (piece, devices) -> {
          if (piece.equals(agreed)) {
            agreeing.addAll(devices);
          } else {
            devices.forEach(device -> dissenting.put(device, piece));
          }
        });
    return new Decided(agreed, agreeing, dissenting);
  }
}
