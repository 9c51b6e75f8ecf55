package dev.sampo.protocol;

/**
 * One thing that a person wants done to a job. It is repeated until it is answered, and is done
 * once: whoever orders numbers what it orders, and the job's register holds the last number of
 * each.
 *
 * @param job the job that is meant; one that came after it is left alone
 * @param issuer who orders, by a name that stays the same from one order to the next
 * @param number above all earlier numbers of this issuer
 * @param text why, for {@link Kind#CANCEL}; who, for {@link Kind#DRAIN}; empty for the others
 */
public record Order(JobId job, String issuer, long number, Kind kind, String text) {
  /** The longest name of an issuer, and the longest text, in characters. */
  public static final int MOST_CHARACTERS = 500;

  /** What can be ordered. */
  public enum Kind {
    /** No further step begins. */
    PAUSE,
    /** Steps go on. */
    RESUME,
    /** A snapshot is taken of a version that is committed. */
    SNAPSHOT,
    /** One life of a node hands over what it has, and leaves. */
    DRAIN,
    /** The job stops for good; what it has committed stays where it is. */
    CANCEL
  }

  public Order {
    if (issuer.isBlank()
        || issuer.length() > MOST_CHARACTERS
        || text.length() > MOST_CHARACTERS
        || number < 1) {
      throw new IllegalArgumentException(
          "an order names its issuer, has a number of at least 1, and is short: issuer='"
              + issuer
              + "', number="
              + number
              + ", characters="
              + text.length()
              + ", limit="
              + MOST_CHARACTERS);
    }
  }

  @Override
  public String toString() {
    return kind + " #" + number + " of " + issuer + (text.isEmpty() ? "" : ": " + text);
  }
}
