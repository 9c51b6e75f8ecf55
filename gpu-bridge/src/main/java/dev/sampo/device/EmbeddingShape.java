package dev.sampo.device;

/**
 * The shape of a token-and-position embedding.
 *
 * @param batch number of sequences
 * @param context tokens of a sequence
 * @param width elements of an embedded token
 * @param vocabulary number of distinct tokens
 */
public record EmbeddingShape(int batch, int context, int width, int vocabulary) {
  public EmbeddingShape {
    if (batch <= 0 || context <= 0 || width <= 0 || vocabulary <= 0) {
      throw new IllegalArgumentException(
          "an embedding needs positive sizes: batch=%d, context=%d, width=%d, vocabulary=%d"
              .formatted(batch, context, width, vocabulary));
    }
  }
}
