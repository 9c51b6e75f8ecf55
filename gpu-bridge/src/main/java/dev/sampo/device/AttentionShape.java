package dev.sampo.device;

/**
 * The shape of a causal self-attention.
 *
 * @param batch number of sequences
 * @param context tokens of a sequence
 * @param heads number of heads
 * @param headWidth elements of one head's query, key or value
 */
public record AttentionShape(int batch, int context, int heads, int headWidth) {
  public AttentionShape {
    if (batch <= 0 || context <= 0 || heads <= 0 || headWidth <= 0) {
      throw new IllegalArgumentException(
          "attention needs positive sizes: batch=%d, context=%d, heads=%d, headWidth=%d"
              .formatted(batch, context, heads, headWidth));
    }
  }

  /** Elements of one token over all heads. */
  public int width() {
    return heads * headWidth;
  }

  /** Elements of the output, (batch, context, width). */
  public long outputElements() {
    return (long) batch * context * width();
  }

  /** Elements of the attention weights, (batch, heads, context, context). */
  public long weightElements() {
    return (long) batch * heads * context * context;
  }
}
