package dev.sampo.model.evaluate;

import dev.sampo.device.Device;
import dev.sampo.model.LanguageModel;
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
    LanguageModel model = shape.create(device, SEQUENCES);
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
    long batchTokens = (long) sequences * context;
    long wanted = Math.max(1, most / batchTokens);
    long batches = Math.min(text.samples(context) / sequences, wanted);
    if (batches == 0) {
      throw new IllegalArgumentException(
          "a text to evaluate has %d windows of the model's context: tokens=%d, context=%d; hint: evaluate on a longer text"
              .formatted(sequences, text.tokens(), context));
    }
    double sum = 0;
    for (long at = 0; at < batches; at++) {
      for (int sequence = 0; sequence < sequences; sequence++) {
        text.read(at * sequences + sequence, batch, sequence);
      }
      sum += model.loss(flat, batch);
      progress.accept((at + 1) * batchTokens);
    }
    return new Evaluation(
        sum / batches, batches * batchTokens, (double) text.textBytes() / text.tokens());
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
