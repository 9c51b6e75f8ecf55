package dev.sampo.model.gpt;

import java.util.stream.IntStream;

/**
 * Draws a token from logits.
 *
 * @param temperature divides the logits; 0 takes the largest
 * @param topK how many of the largest are eligible
 */
public record Sampler(double temperature, int topK) {
  public Sampler {
    if (!(temperature >= 0) || topK < 1) {
      throw new IllegalArgumentException(
          "sampling wants temperature >= 0 and top-k >= 1: temperature=%s, topK=%d"
              .formatted(temperature, topK));
    }
  }

  /**
   * The token at {@code uniform} of the distribution, the likeliest first, ties by token.
   *
   * @param logits one for each token
   * @param uniform in [0, 1)
   */
  public int draw(float[] logits, double uniform) {
    int[] order =
        IntStream.range(0, logits.length)
            .boxed()
            .sorted((a, b) -> Float.compare(logits[b], logits[a]))
            .limit(temperature == 0 ? 1 : topK)
            .mapToInt(Integer::intValue)
            .toArray();
    double[] weights = new double[order.length];
    double total = 0;
    for (int i = 0; i < order.length; i++) {
      double shifted = (double) logits[order[i]] - logits[order[0]];
      weights[i] = temperature == 0 ? 1 : StrictMath.exp(shifted / temperature);
      total += weights[i];
    }
    double left = uniform * total;
    for (int i = 0; i < order.length - 1; i++) {
      left -= weights[i];
      if (left < 0) {
        return order[i];
      }
    }
    return order[order.length - 1];
  }
}
