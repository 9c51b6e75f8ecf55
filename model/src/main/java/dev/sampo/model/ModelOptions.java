package dev.sampo.model;

/**
 * How a model is run, apart from its shape.
 *
 * @param dropout rate after the embedding, in the attention weights, and on what a block adds to
 *     the residual stream, in [0, 1); part of what a job computes
 * @param activations shows in memory and speed only, never in a bit
 */
public record ModelOptions(float dropout, Activations activations) {
  /** No dropout, everything kept. */
  public static final ModelOptions PLAIN = new ModelOptions(0f, Activations.KEPT);

  /** No dropout, and the least memory: what a model wants that is only evaluated. */
  public static final ModelOptions FORWARD = new ModelOptions(0f, Activations.RECOMPUTED);

  /** What a block keeps from its forward pass for its backward pass. */
  public enum Activations {
    /** All that backward needs. */
    KEPT,
    /** Its border; the rest is computed anew when backward comes to it, a quarter more work. */
    RECOMPUTED
  }

  public ModelOptions {
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("a dropout rate lies in [0, 1): dropout=" + dropout);
    }
  }
}
