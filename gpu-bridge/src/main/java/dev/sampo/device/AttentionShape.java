package dev.sampo.device;

/**
 * The shape of a causal self-attention. Query heads in equal groups may share one key and one value
 * head (Ainslie et al., GQA, EMNLP 2023).
 *
 * @param batch number of sequences
 * @param context tokens of a sequence
 * @param heads number of query heads
 * @param keyValueHeads number of key heads, and of value heads; divides heads
 * @param headWidth elements of one head's query, key or value
 */
public record AttentionShape(int batch, int context, int heads, int keyValueHeads, int headWidth) {
  public AttentionShape {
    if (batch <= 0 || context <= 0 || heads <= 0 || keyValueHeads <= 0 || headWidth <= 0) {
      throw new IllegalArgumentException(
          "attention needs positive sizes: batch=%d, context=%d, heads=%d, keyValueHeads=%d, headWidth=%d"
              .formatted(batch, context, heads, keyValueHeads, headWidth));
    }
    if (heads % keyValueHeads != 0) {
      throw new IllegalArgumentException(
          "query heads share key heads in equal groups: heads=%d, keyValueHeads=%d"
              .formatted(heads, keyValueHeads));
    }
  }

  /** Attention in which each query head has a key and a value head of its own. */
  public AttentionShape(int batch, int context, int heads, int headWidth) {
    this(batch, context, heads, heads, headWidth);
  }

  /** Elements of one token's queries over all heads, and of its output. */
  public int width() {
    return heads * headWidth;
  }

  /** Elements of one token's queries, keys and values. */
  public int inputWidth() {
    return (heads + 2 * keyValueHeads) * headWidth;
  }

  /** Elements of the input, (batch, context, inputWidth): queries, then keys, then values. */
  public long inputElements() {
    return (long) batch * context * inputWidth();
  }

  /** Elements of the output, (batch, context, width). */
  public long outputElements() {
    return (long) batch * context * width();
  }

  /** Elements of what backward needs of the softmax, (batch, heads, context, 2). */
  public long statisticElements() {
    return 2L * batch * heads * context;
  }
}
