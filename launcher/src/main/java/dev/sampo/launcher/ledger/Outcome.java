package dev.sampo.launcher.ledger;

import java.util.Locale;

/** How a check ended, the worst last. */
public enum Outcome {
  PASS(0),
  UNKNOWN(2),
  FAIL(1);

  private final int exitCode;

  Outcome(int exitCode) {
    this.exitCode = exitCode;
  }

  /** What a process that ends with it returns. */
  public int exitCode() {
    return exitCode;
  }

  /** The word for people. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
