package dev.sampo.model.text;

import java.util.Arrays;

/**
 * Interpolated n-gram models of bytes with the weights of Witten and Bell (IEEE Transactions on
 * Information Theory 37, 1991): p(w | h) = (count(h w) + kinds(h) p(w | h')) / (count(h) +
 * kinds(h)), where h' is h without its oldest byte, kinds(h) the number of distinct bytes seen
 * after h, and the shortest model falls back to 1/256. An unseen history leaves the shorter model's
 * answer.
 *
 * <p>A baseline: what a model of the text reaches that only counts. Not thread-safe while counting.
 */
public final class NGram {
  /** Longest model: history and byte are packed in one long. */
  public static final int MAX_ORDER = 7;

  private final int orders;
  private final LongCounts[] grams; // by length of history: count(h w)
  private final LongCounts[] histories; // by length of history: count(h)
  private final LongCounts[] kinds; // by length of history: kinds(h)

  private NGram(int orders) {
    this.orders = orders;
    grams = counts(orders);
    histories = counts(orders);
    kinds = counts(orders);
  }

  private static LongCounts[] counts(int orders) {
    LongCounts[] counts = new LongCounts[orders];
    Arrays.setAll(counts, order -> new LongCounts());
    return counts;
  }

  /**
   * Counts all models up to n = {@code orders} on a text.
   *
   * @throws IllegalArgumentException if orders is not in [1, {@value #MAX_ORDER}], or a token is no
   *     byte
   */
  public static NGram count(TokenFile training, int orders) {
    if (orders < 1 || orders > MAX_ORDER) {
      throw new IllegalArgumentException(
          "n-gram models have 1 to %d bytes: orders=%d".formatted(MAX_ORDER, orders));
    }
    NGram model = new NGram(orders);
    long recent = 0;
    for (long place = 0; place < training.tokens(); place++) {
      int token = training.token(place);
      if (token > 0xFF) {
        throw new IllegalArgumentException(
            "n-gram models are of bytes: token=%d, place=%d".formatted(token, place));
      }
      for (int length = 0; length < orders && length <= place; length++) {
        model.see(length, history(recent, length), token);
      }
      recent = recent << 8 | token;
    }
    return model;
  }

  private void see(int length, long history, int token) {
    histories[length].add(history);
    if (grams[length].add(history << 8 | token) == 1) {
      kinds[length].add(history);
    }
  }

  /** The last {@code length} bytes. */
  private static long history(long recent, int length) {
    return recent & ((1L << (8 * length)) - 1);
  }

  /**
   * Mean surprise over a text.
   *
   * @return nats per byte, element i of the model with n = i + 1
   */
  public double[] evaluate(TokenFile text) {
    double[] sums = new double[orders];
    long recent = 0;
    for (long place = 0; place < text.tokens(); place++) {
      int token = text.token(place);
      double probability = 1.0 / 256;
      for (int length = 0; length < orders; length++) {
        if (length <= place) {
          probability = sharpen(length, history(recent, length), token, probability);
        }
        sums[length] -= StrictMath.log(probability);
      }
      recent = recent << 8 | token;
    }
    return Arrays.stream(sums).map(sum -> sum / text.tokens()).toArray();
  }

  private double sharpen(int length, long history, int token, double shorter) {
    int seen = histories[length].get(history);
    if (seen == 0) {
      return shorter;
    }
    int distinct = kinds[length].get(history);
    int count = grams[length].get(history << 8 | token);
    return (count + distinct * shorter) / ((double) seen + distinct);
  }
}
