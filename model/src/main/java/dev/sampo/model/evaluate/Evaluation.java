package dev.sampo.model.evaluate;

import dev.sampo.device.Device;
import dev.sampo.model.LanguageModel;
import dev.sampo.model.ModelOptions;
import dev.sampo.model.ModelShape;
import dev.sampo.model.TokenBatch;
import dev.sampo.model.text.TokenFile;
import java.lang.foreign.MemorySegment;
import java.util.OptionalDouble;
import java.util.function.LongConsumer;

/**
 * The loss of a model over a text.
 *
 * @param loss nats a token
 * @param tokens that were predicted
 * @param bytesPerToken of the text; 0 if that is not known
 */
public record Evaluation(double loss, long tokens, double bytesPerToken) {
  /** Sequences of a micro-batch; what is left of the last whole one is not looked at. */
  public static final int SEQUENCES = 8;

  /**
   * Evaluates all whole micro-batches, the same text for every model of one context.
   *
   * @param most tokens to predict at most
   * @param progress hears of the tokens done so far
   * @throws IllegalArgumentException if the text is too short for one micro-batch
   */
  public static Evaluation of(
      ModelShape shape,
      MemorySegment flat,
      TokenFile text,
      Device device,
      long most,
      LongConsumer progress) {
    LanguageModel model = shape.create(device, SEQUENCES, ModelOptions.FORWARD);
    return of(model, model.newBatch(), flat, text, most, progress);
  }

  /**
   * As {@link #of(ModelShape, MemorySegment, TokenFile, Device, long, LongConsumer)}, in whole
   * micro-batches of a model that is there already.
   *
   * @param batch room of the model's own
   * @param progress hears of the tokens done so far, and may end it all by an exception
   */
  public static Evaluation of(
      LanguageModel model,
      TokenBatch batch,
      MemorySegment flat,
      TokenFile text,
      long most,
      LongConsumer progress) {
    int sequences = model.sequences();
    int context = model.shape().context();
    long batches = Math.min(microBatches(model, text), microBatches(most, tokens(model)));
    if (batches == 0) {
      throw new IllegalArgumentException(
          "a text to evaluate has %d windows of the model's context: tokens=%d, context=%d; hint: evaluate on a longer text"
              .formatted(sequences, text.tokens(), context));
    }
    double sum = 0;
    for (long at = 0; at < batches; at++) {
      sum += nats(model, batch, flat, text, at);
      progress.accept((at + 1) * tokens(model));
    }
    long tokens = batches * tokens(model);
    return new Evaluation(sum / tokens, tokens, bytesPerToken(text));
  }

  /** Of a micro-batch of this model. */
  public static long tokens(LanguageModel model) {
    return (long) model.sequences() * model.shape().context();
  }

  /** The whole micro-batches of a text. */
  public static long microBatches(LanguageModel model, TokenFile text) {
    return text.samples(model.shape().context()) / model.sequences();
  }

  /**
   * The whole micro-batches in so many tokens, but one at least.
   *
   * @param tokens of a micro-batch
   */
  public static long microBatches(long most, long tokens) {
    return Math.max(1, most / tokens);
  }

  /**
   * The loss on one micro-batch of a text, summed over its tokens.
   *
   * @param at which micro-batch, from 0
   */
  public static double nats(
      LanguageModel model, TokenBatch batch, MemorySegment flat, TokenFile text, long at) {
    for (int sequence = 0; sequence < model.sequences(); sequence++) {
      text.read(at * model.sequences() + sequence, batch, sequence);
    }
    return (double) model.loss(flat, batch) * tokens(model);
  }

  /** Bytes of text behind a token; 0 if that is not known. */
  public static double bytesPerToken(TokenFile text) {
    return (double) text.textBytes() / text.tokens();
  }

  /** Of so many tokens the model is as unsure as if it had to guess evenly among them. */
  public double perplexity() {
    return Math.exp(loss);
  }

  /** Independent of the tokenizer; empty if the text behind the tokens is not known. */
  public OptionalDouble bitsPerByte() {
    return bytesPerToken == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(loss / Math.log(2) / bytesPerToken);
  }
}
