package dev.sampo.launcher;

/**
 * A command could not do what it was asked, for a reason that a person can act on: shown without a
 * stack trace.
 */
public final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * A failure to show.
   *
   * @param message the rule, a colon, {@code name=value} pairs, and {@code ; hint: what to do}
   */
  public CommandFailure(String message) {
    super(message);
  }

  /** As {@link #CommandFailure(String)}, with what led to it. */
  public CommandFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
