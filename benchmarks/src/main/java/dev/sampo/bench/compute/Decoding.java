package dev.sampo.bench.compute;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.device.Device;
import dev.sampo.model.Decoder;
import dev.sampo.model.gpt.GptShape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A model of GPT-2's size that writes, always the likeliest token, with a cache of keys and values.
 * Each token needs all weights once, so memory sets the bound. One thread at a time.
 */
final class Decoding {
  /** The small GPT-2: 124 million parameters. */
  static final GptShape GPT2 = new GptShape(12, 12, 768, 1024, 50_257);

  private static final long SEED = 1;
  private static final int PROMPT = 16;

  private final GptShape shape;
  private final Device device;
  private final Decoder decoder;

  /**
   * A writer of so many tokens at most.
   *
   * @param tokens after the prompt
   */
  Decoding(GptShape shape, Device device, int tokens) {
    this.shape = shape;
    this.device = device;
    MemorySegment flat = device.allocate(shape.layout().total());
    shape.initialiser().fill(SEED, 0, shape.layout().total(), flat);
    decoder = shape.decoder(device, flat, PROMPT + tokens);
  }

  /** Bytes of weights that a token needs: all but the table of positions. */
  double bytesPerToken() {
    long positions = (long) shape.context() * shape.width();
    return (double) (shape.layout().total() - positions) * device.precision().bytes();
  }

  /** Seconds of each of some tokens after a prompt. */
  List<Double> write(int tokens) {
    decoder.reset();
    int token = likeliest(decoder.append(new int[PROMPT]));
    List<Double> seconds = new ArrayList<>();
    for (int i = 0; i < tokens; i++) {
      long start = System.nanoTime();
      token = likeliest(decoder.append(new int[] {token}));
      seconds.add((System.nanoTime() - start) * 1e-9);
    }
    return seconds;
  }

  private int likeliest(MemorySegment logits) {
    int best = 0;
    float largest = Float.NEGATIVE_INFINITY;
    for (int token = 0; token < shape.vocabulary(); token++) {
      float logit = logits.getAtIndex(JAVA_FLOAT, token);
      if (logit > largest) {
        largest = logit;
        best = token;
      }
    }
    return best;
  }
}
