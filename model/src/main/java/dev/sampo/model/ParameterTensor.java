package dev.sampo.model;

/**
 * One named tensor of a model and its place in the flat vector.
 *
 * @param name as in the family's published weights, such as {@code h.0.attn.c_attn.weight}
 * @param offset first element in the flat vector
 * @param rows 1 for a vector
 * @param columns length of a row
 * @param role what the tensor does, which decides how it is initialised and whether it decays
 */
public record ParameterTensor(String name, long offset, int rows, int columns, Role role) {

  /** What a tensor does. */
  public enum Role {
    /** A row for each token or place: looked up, or compared with for logits. */
    TABLE,
    /** A matrix between layers. */
    WEIGHT,
    /** Three matrices between layers in one: a row is a row of queries, of keys and of values. */
    JOINED_WEIGHT,
    /** A matrix whose output is added to the residual stream. */
    RESIDUAL_WEIGHT,
    /** A vector that multiplies a normalised row. */
    GAIN,
    /** A vector that is added. */
    BIAS
  }

  /** Number of elements. */
  public long elements() {
    return (long) rows * columns;
  }

  /** First element after this tensor. */
  public long end() {
    return offset + elements();
  }

  /** Whether decoupled weight decay touches it: matrices and tables yes, gains and biases no. */
  public boolean decayed() {
    return switch (role) {
      case TABLE, WEIGHT, JOINED_WEIGHT, RESIDUAL_WEIGHT -> true;
      case GAIN, BIAS -> false;
    };
  }

  /**
   * How many matrices between layers lie side by side in it, each with an equal part of every row:
   * what an optimizer of whole matrices works on. 0 for tables and vectors.
   */
  public int matrices() {
    return switch (role) {
      case WEIGHT, RESIDUAL_WEIGHT -> 1;
      case JOINED_WEIGHT -> 3;
      case TABLE, GAIN, BIAS -> 0;
    };
  }

  /** Whether it is written as a vector rather than a matrix. */
  public boolean isVector() {
    return !decayed();
  }
}
