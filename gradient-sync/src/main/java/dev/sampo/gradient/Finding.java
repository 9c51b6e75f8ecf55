package dev.sampo.gradient;

/**
 * What a preflight found about one thing.
 *
 * @param check what was looked at, a few words
 * @param message the numbers; where something is to be done, it ends with {@code ; hint: what}
 */
public record Finding(Level level, String check, String message) {
  /** How bad it is. */
  public enum Level {
    OK,
    /** It works, but slower or with less room than was asked for. */
    WARNING,
    /** It cannot work. */
    REFUSAL
  }

  static Finding ok(String check, String message) {
    return new Finding(Level.OK, check, message);
  }

  static Finding warning(String check, String message) {
    return new Finding(Level.WARNING, check, message);
  }

  static Finding refusal(String check, String message) {
    return new Finding(Level.REFUSAL, check, message);
  }
}
