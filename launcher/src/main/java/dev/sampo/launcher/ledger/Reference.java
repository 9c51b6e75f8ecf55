package dev.sampo.launcher.ledger;

import java.util.NavigableMap;
import java.util.Optional;

/**
 * What the undisturbed run of the same job came to.
 *
 * @param sha256 of its final parameters
 * @param lossCurve the loss that led to each version
 */
public record Reference(String sha256, NavigableMap<Long, Double> lossCurve) {

  /** Of a run that is over; empty if it wrote no model. */
  public static Optional<Reference> of(RunLedger ledger) {
    return ledger.exports().values().stream()
        .findFirst()
        .map(export -> new Reference(export.sha256(), ledger.lossCurve()));
  }
}
