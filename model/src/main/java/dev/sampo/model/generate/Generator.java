package dev.sampo.model.generate;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.model.Decoder;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;

/**
 * Continues a sequence of tokens, one at a time. The same prompt, parameters and random source give
 * the same tokens.
 *
 * <p>When the decoder is full, the newer half of what it holds becomes the beginning of a new
 * sequence: the model then sees from half of its capacity to the whole of it. One thread at a time.
 */
public final class Generator {
  private final Decoder decoder;
  private final Sampler sampler;
  private final int[] recent;
  private final float[] logits;

  /**
   * @param decoder used by this generator alone
   * @param sampler how the next token is drawn
   */
  public Generator(Decoder decoder, Sampler sampler) {
    this.decoder = decoder;
    this.sampler = sampler;
    recent = new int[decoder.capacity()];
    logits = new float[decoder.vocabulary()];
  }

  /**
   * Draws {@code count} tokens after the prompt, or fewer.
   *
   * @param prompt at least one token; the last ones count if the decoder has no room for all
   * @param random source of the draws
   * @param out takes each token as it is drawn, and says whether to go on
   */
  public void generate(int[] prompt, int count, RandomGenerator random, IntPredicate out) {
    if (prompt.length == 0) {
      throw new IllegalArgumentException(
          "a prompt holds at least one token; hint: start with the token that ends documents");
    }
    decoder.reset();
    int[] next =
        Arrays.copyOfRange(prompt, Math.max(0, prompt.length - recent.length), prompt.length);
    for (int drawn = 0; drawn < count; drawn++) {
      take(next);
      int token = sampler.draw(logits, random.nextDouble());
      if (!out.test(token)) {
        return;
      }
      next = new int[] {token};
    }
  }

  private void take(int[] next) {
    int length = decoder.length();
    int[] taken = next;
    if (next.length > recent.length - length) {
      int kept = recent.length / 2;
      taken = Arrays.copyOf(Arrays.copyOfRange(recent, length - kept, length), kept + next.length);
      System.arraycopy(next, 0, taken, kept, next.length);
      decoder.reset();
      length = 0;
    }
    System.arraycopy(taken, 0, recent, length, taken.length);
    MemorySegment.copy(decoder.append(taken), JAVA_FLOAT, 0, logits, 0, logits.length);
  }
}
