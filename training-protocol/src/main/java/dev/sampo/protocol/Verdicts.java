package dev.sampo.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What audits have come to in a job, as its register holds it.
 *
 * @param drops how often what was gathered of a step was to be dropped; a replica that enters a
 *     configuration with another count than it knew drops it
 * @param redone how often workers, too, were to drop what they had finished of a step
 * @param quarantined the devices that get no leases any more, in the order in which they were found
 */
public record Verdicts(long drops, long redone, List<Quarantined> quarantined) {
  public static final Verdicts NONE = new Verdicts(0, 0, List.of());

  public Verdicts {
    quarantined = List.copyOf(Objects.requireNonNullElse(quarantined, List.of()));
  }

  public boolean isQuarantined(DeviceId device) {
    return !quarantined.isEmpty()
        && quarantined.stream().anyMatch(other -> other.device().equals(device));
  }

  /** After devices were found to be wrong, of which none was known to be. */
  Verdicts and(List<Quarantined> found) {
    List<Quarantined> all = new ArrayList<>(quarantined);
    all.addAll(found);
    return new Verdicts(drops + 1, redone, all);
  }

  /** After devices disagreed and nobody could tell who is wrong: all make their pieces anew. */
  Verdicts redo() {
    return new Verdicts(drops + 1, redone + 1, quarantined);
  }
}
