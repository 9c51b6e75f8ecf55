package dev.sampo.model;

/**
 * Elements [from, to) of a flat vector.
 *
 * @param from first element
 * @param to first element after the range
 */
public record Range(long from, long to) {
  public Range {
    if (from < 0 || to < from) {
      throw new IllegalArgumentException(
          "a range runs forward from zero or later: from=" + from + ", to=" + to);
    }
  }

  /** Number of elements. */
  public long length() {
    return to - from;
  }
}
