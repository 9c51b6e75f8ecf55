package dev.sampo.model.gpt;

/**
 * How a model is run, apart from its shape.
 *
 * @param dropout rate after the embedding, in the attention weights, and on what a block adds to
 *     the residual stream, in [0, 1); part of what a job computes
 * @param activations shows in memory and speed only, never in a bit
 */
public record GptOptions(float dropout, Activations activations) {
  /** No dropout, everything kept. */
  public static final GptOptions PLAIN = new GptOptions(0f, Activations.KEPT);

  /** What a block keeps from its forward pass for its backward pass. */
  public enum Activations {
    /** All that backward needs. */
    KEPT,
    /** Its border; the rest is computed anew when backward comes to it, a quarter more work. */
    RECOMPUTED
  }

  public GptOptions {
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("a dropout rate lies in [0, 1): dropout=" + dropout);
    }
  }
}
