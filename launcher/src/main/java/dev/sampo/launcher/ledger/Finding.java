package dev.sampo.launcher.ledger;

/**
 * What one check found.
 *
 * @param check what was looked at, such as {@code I5 one hash a version}
 * @param outcome how it ended
 * @param text what was found, in a sentence
 */
public record Finding(String check, Outcome outcome, String text) {
  /** A check that held. */
  public static Finding pass(String check, String text) {
    return new Finding(check, Outcome.PASS, text);
  }

  /** A check that did not hold. */
  public static Finding fail(String check, String text) {
    return new Finding(check, Outcome.FAIL, text);
  }

  /** A check that could not be made. */
  public static Finding unknown(String check, String text) {
    return new Finding(check, Outcome.UNKNOWN, text);
  }
}
