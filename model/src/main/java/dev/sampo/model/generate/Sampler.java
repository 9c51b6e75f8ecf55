package dev.sampo.model.generate;

import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * Draws a token from logits.
 *
 * @param temperature divides the logits; 0 takes the largest
 * @param topK how many of the largest are eligible
 * @param topP the largest that together have this share of the odds are eligible, at least one; 1
 *     leaves all in (Holtzman and others, 2019)
 */
public record Sampler(double temperature, int topK, double topP) {
  public Sampler {
    if (!(temperature >= 0) || topK < 1 || !(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException(
          "sampling wants temperature >= 0, top-k >= 1 and top-p above 0 and at most 1: temperature=%s, topK=%d, topP=%s"
              .formatted(temperature, topK, topP));
    }
  }

  /**
   * The token at {@code uniform} of the distribution, the likeliest first, ties by token.
   *
   * @param logits one for each token
   * @param uniform in [0, 1)
   */
  public int draw(float[] logits, double uniform) {
    int[] order = likeliest(logits, temperature == 0 ? 1 : Math.min(topK, logits.length));
    double[] weights = new double[order.length];
    double total = 0;
    for (int i = 0; i < order.length; i++) {
      double shifted = (double) logits[order[i]] - logits[order[0]];
      weights[i] = temperature == 0 ? 1 : StrictMath.exp(shifted / temperature);
      total += weights[i];
    }
    int eligible = nucleus(weights, total);
    double left = uniform * Arrays.stream(weights, 0, eligible).sum();
    for (int i = 0; i < eligible - 1; i++) {
      left -= weights[i];
      if (left < 0) {
        return order[i];
      }
    }
    return order[eligible - 1];
  }

  private int nucleus(double[] weights, double total) {
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      sum += weights[i];
      if (sum >= topP * total) {
        return i + 1;
      }
    }
    return weights.length;
  }

  /** The tokens of the largest logits, the largest first, ties by token. */
  private static int[] likeliest(float[] logits, int count) {
    PriorityQueue<Long> best = new PriorityQueue<>(Comparator.reverseOrder());
    long worst = Long.MAX_VALUE;
    for (int token = 0; token < logits.length; token++) {
      long key = key(logits[token], token);
      if (key < worst) {
        best.add(key);
        if (best.size() > count) {
          best.remove();
        }
        worst = best.size() < count ? Long.MAX_VALUE : best.element();
      }
    }
    return best.stream().sorted().mapToInt(key -> (int) (key & Integer.MAX_VALUE)).toArray();
  }

  /** Grows as the logit falls, and among equal logits with the token. */
  private static long key(float logit, int token) {
    int bits = Float.floatToIntBits(logit);
    int ascending = bits < 0 ? ~bits : bits | Integer.MIN_VALUE;
    return (~ascending & 0xFFFFFFFFL) << 31 | token;
  }
}
