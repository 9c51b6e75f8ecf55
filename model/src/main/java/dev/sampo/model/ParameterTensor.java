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
    /** A matrix or an embedding table. */
    WEIGHT,
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
      case WEIGHT, RESIDUAL_WEIGHT -> true;
      case GAIN, BIAS -> false;
    };
  }

  /** Whether it is written as a vector rather than a matrix. */
  public boolean isVector() {
    return !decayed();
  }
}
