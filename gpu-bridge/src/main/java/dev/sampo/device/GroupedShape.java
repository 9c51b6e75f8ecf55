package dev.sampo.device;

/**
 * The shape of a causal self-attention whose heads share keys and values in groups.
 *
 * @param batch number of sequences
 * @param context tokens of a sequence
 * @param heads heads with queries of their own
 * @param keyHeads heads of keys and values; divides heads
 * @param headWidth elements of one head's query, key or value
 */
public record GroupedShape(int batch, int context, int heads, int keyHeads, int headWidth) {
  public GroupedShape {
    if (batch <= 0 || context <= 0 || heads <= 0 || keyHeads <= 0 || headWidth <= 0) {
      throw new IllegalArgumentException(
          "attention needs positive sizes: batch=%d, context=%d, heads=%d, keyHeads=%d, headWidth=%d"
              .formatted(batch, context, heads, keyHeads, headWidth));
    }
    if (heads % keyHeads != 0) {
      throw new IllegalArgumentException(
          "key heads divide the heads: heads=%d, keyHeads=%d".formatted(heads, keyHeads));
    }
  }

  /** Heads that share one key head. */
  public int group() {
    return heads / keyHeads;
  }

  /** Elements of one token's queries, keys and values. */
  public int packed() {
    return (heads + 2 * keyHeads) * headWidth;
  }

  /** Elements of one token's output. */
  public int width() {
    return heads * headWidth;
  }

  /** Number of tokens. */
  public long tokens() {
    return (long) batch * context;
  }
}
