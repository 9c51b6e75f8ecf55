package dev.sampo.simulation;

import dev.sampo.protocol.Configuration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * The loss of a majority of the voters is accepted when somebody says so, and not by itself. What
 * the lost had in the register may be lost with them; the bits are not.
 */
final class LossLaws {
  private final Set<Long> said = new HashSet<>();
  private long newestAccepted;
  private String waitsFor = "";

  /** Somebody accepts a loss, and will say so with this number. */
  void onSaid(long number) {
    said.add(number);
  }

  /** A configuration was chosen that follows from a loss. */
  void onAccepted(Configuration chosen) {
    newestAccepted = Math.max(newestAccepted, chosen.generation());
    Laws.check(
        said.contains(chosen.generation()), "a loss was accepted that nobody accepts: " + chosen);
  }

  /** The generation of the newest loss that was accepted; what goes on without it is given up. */
  long newestAccepted() {
    return newestAccepted;
  }

  /** Whether the register may have lost what it held, somewhere in this history. */
  boolean isAfterOne(Configuration configuration) {
    return said.stream().anyMatch(number -> number <= configuration.generation());
  }

  /** Whether a job cannot go on since what is left of it does not fit together. */
  boolean endedBy(Configuration configuration) {
    return isAfterOne(configuration) && Way.CORRUPT.says(configuration.reason());
  }

  /** What a coordinator waits for; empty if it goes on. */
  void onWaiting(String reason) {
    waitsFor = reason;
  }

  /** Whether a job waits for a version that, as far as the rest knows, only the lost had. */
  boolean leftNothingOf(Configuration configuration) {
    return isAfterOne(configuration) && Way.WAITED_FOR_A_STORE.says(waitsFor);
  }

  /** Whether a loss lies between the two. */
  boolean isBetween(Optional<Configuration> before, Configuration after) {
    return before.isPresent()
        && said.stream()
            .anyMatch(number -> before.get().generation() < number && number <= after.generation());
  }
}
