package dev.sampo.model;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.llama.LlamaShape;
import dev.sampo.model.llama.LlamaShape.Head;
import dev.sampo.model.llama.Rotary;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;

/** Small models of both families for tests. */
public final class Shapes {
  private Shapes() {}

  public static LlamaShape llama(Head head) {
    return llama(
        head, new Rotary(10_000, head == Head.TIED ? new Rotary.Scaling.Llama3(4, 1, 4, 8) : null));
  }

  private static LlamaShape llama(Head head, Rotary rotary) {
    return new LlamaShape(2, 4, 2, 16, 24, 12, 11, head, rotary, 1e-5f);
  }

  public static List<ModelShape> all() {
    return List.of(
        new GptShape(2, 2, 8, 12, 11),
        llama(Head.TIED),
        llama(Head.SEPARATE),
        llama(Head.TIED, new Rotary(10_000, new Rotary.Scaling.Linear(2.5))));
  }

  /** Parameters away from their initial zeros and ones, so that nothing vanishes. */
  public static void fill(ModelShape shape, MemorySegment flat, long seed) {
    long total = shape.layout().total();
    shape.initialiser().fill(seed, 0, total, flat);
    Random random = new Random(seed);
    for (long i = 0; i < total; i++) {
      float value = flat.getAtIndex(JAVA_FLOAT, i) * 5 + (random.nextFloat() - 0.5f) * 0.2f;
      flat.setAtIndex(JAVA_FLOAT, i, value);
    }
  }
}
