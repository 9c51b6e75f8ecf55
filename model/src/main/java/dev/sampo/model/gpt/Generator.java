package dev.sampo.model.gpt;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.model.TokenBatch;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.random.RandomGenerator;

/**
 * Continues a sequence of tokens, one at a time, from the last {@code context} tokens before it.
 * The same prompt, parameters and random source give the same tokens.
 *
 * <p>Uses the first sequence of its model's micro-batch; one made with a single sequence wastes
 * nothing. One thread at a time.
 */
public final class Generator {
  private final Gpt model;
  private final TokenBatch batch;
  private final Sampler sampler;

  /**
   * @param model used by this generator's calls
   * @param sampler how the next token is drawn
   */
  public Generator(Gpt model, Sampler sampler) {
    this.model = model;
    this.batch = model.newBatch();
    this.sampler = sampler;
  }

  /**
   * Draws {@code count} tokens after the prompt.
   *
   * @param flat the model's parameters
   * @param prompt at least one token
   * @param count number of tokens to draw
   * @param random source of the draws
   * @param out takes each token as it is drawn
   */
  public void generate(
      MemorySegment flat, int[] prompt, int count, RandomGenerator random, IntConsumer out) {
    if (prompt.length == 0) {
      throw new IllegalArgumentException(
          "a prompt holds at least one token; hint: start with the separator, token 0");
    }
    int context = batch.context();
    int vocabulary = model.shape().vocabulary();
    int[] window = Arrays.copyOfRange(prompt, Math.max(0, prompt.length - context), prompt.length);
    float[] logits = new float[vocabulary];
    for (int drawn = 0; drawn < count; drawn++) {
      // What follows the window does not matter: attention is causal.
      for (int i = 0; i < context; i++) {
        batch.set(0, i, i < window.length ? window[i] : 0);
      }
      long row = window.length - 1L;
      MemorySegment.copy(
          model.logits(flat, batch), JAVA_FLOAT, row * vocabulary * 4, logits, 0, vocabulary);
      int token = sampler.draw(logits, random.nextDouble());
      out.accept(token);
      window = slide(window, token, context);
    }
  }

  private static int[] slide(int[] window, int token, int context) {
    int drop = window.length == context ? 1 : 0;
    int[] next = Arrays.copyOfRange(window, drop, window.length + 1);
    next[next.length - 1] = token;
    return next;
  }
}
