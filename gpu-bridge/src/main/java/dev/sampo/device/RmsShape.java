package dev.sampo.device;

/**
 * The shape of an RMS norm.
 *
 * @param rows rows and their width
 * @param epsilon added to a row's mean square before its root is taken
 */
public record RmsShape(Rows rows, float epsilon) {
  public RmsShape {
    if (!(epsilon >= 0)) {
      throw new IllegalArgumentException("a norm's epsilon is not negative: epsilon=" + epsilon);
    }
  }
}
