package dev.sampo.simulation;

/** A law of the protocol was broken. */
final class Violation extends RuntimeException {
  private static final long serialVersionUID = 1;

  Violation(String what) {
    super(what);
  }
}
