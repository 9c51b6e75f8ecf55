package dev.sampo.config;

/**
 * The bounds of a number, which may or may not belong to what they bound.
 *
 * @param min the lower bound
 * @param minEdge whether the lower bound itself is allowed
 * @param max the upper bound
 * @param maxEdge whether the upper bound itself is allowed
 */
record Bounds(double min, Edge minEdge, double max, Edge maxEdge) {
  /** Whether a bound belongs to what it bounds. */
  enum Edge {
    INSIDE,
    OUTSIDE
  }

  static Bounds closed(double min, double max) {
    return new Bounds(min, Edge.INSIDE, max, Edge.INSIDE);
  }

  /** At least 0 and below 1. */
  static Bounds fraction() {
    return new Bounds(0, Edge.INSIDE, 1, Edge.OUTSIDE);
  }

  /** Above 0. */
  static Bounds positive(double max) {
    return new Bounds(0, Edge.OUTSIDE, max, Edge.INSIDE);
  }

  /** Whether the number is within the bounds; what is no number never is. */
  boolean hold(double number) {
    boolean highEnough = minEdge == Edge.INSIDE ? number >= min : number > min;
    boolean lowEnough = maxEdge == Edge.INSIDE ? number <= max : number < max;
    return highEnough && lowEnough;
  }

  String words() {
    return (minEdge == Edge.INSIDE ? "of at least " : "above ")
        + plain(min)
        + (maxEdge == Edge.INSIDE ? " and at most " : " and below ")
        + plain(max);
  }

  private static String plain(double bound) {
    return bound == Math.rint(bound) ? String.valueOf((long) bound) : String.valueOf(bound);
  }
}
