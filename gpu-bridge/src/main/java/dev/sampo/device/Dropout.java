package dev.sampo.device;

/**
 * Which elements a dropout drops: the one in a row and column when 24 bits of a mix of (key, row,
 * column), taken as a fraction, lie below the rate. So backward needs no mask in memory, and
 * neither thread nor machine shows in it. What is kept is divided by (1 - rate).
 *
 * @param key names the place and time: job seed, step, sample, layer
 * @param rate share that is dropped, in [0, 1)
 */
public record Dropout(int key, float rate) {
  /** Drops nothing. */
  public static final Dropout NONE = new Dropout(0, 0f);

  public Dropout {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException("a dropout rate lies in [0, 1): rate=" + rate);
    }
  }

  /** Whether nothing is dropped. */
  public boolean isNone() {
    return rate == 0;
  }
}
