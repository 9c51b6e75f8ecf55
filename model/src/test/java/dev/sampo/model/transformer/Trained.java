package dev.sampo.model.transformer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sampo.device.Device;
import dev.sampo.model.GradientListener;
import dev.sampo.model.LanguageModel;
import dev.sampo.model.ModelOptions;
import dev.sampo.model.ModelShape;
import dev.sampo.model.Range;
import dev.sampo.model.TokenBatch;
import dev.sampo.model.optimizer.AdamW;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What a short training run on a simple pattern comes to. */
record Trained(List<Float> losses, MemorySegment parameters) {
  private static final long SEED = 11;
  private static final int SEQUENCES = 3;

  static Trained of(ModelShape shape, Device device, Arena arena, int steps, ModelOptions options) {
    LanguageModel model = shape.create(device, SEQUENCES, options);
    long total = model.layout().total();
    AdamW.State[] versions = new AdamW.State[2];
    for (int i = 0; i < 2; i++) {
      versions[i] = new AdamW.State(flat(arena, total), flat(arena, total), flat(arena, total));
    }
    MemorySegment gradient = flat(arena, total);
    model.initialise(SEED, versions[0].parameters());
    AdamW optimizer = new AdamW(0.9f, 0.99f, 1e-8f, 0.1f);
    List<Range> decayed = model.layout().decayed(0, total);
    TokenBatch batch = model.newBatch();
    Random random = new Random(SEED);
    List<Float> losses = new ArrayList<>();
    for (int step = 1; step <= steps; step++) {
      for (int sequence = 0; sequence < batch.sequences(); sequence++) {
        int start = random.nextInt(7);
        for (int place = 0; place <= batch.context(); place++) {
          batch.set(sequence, place, (start + place) % 7 * 41);
        }
      }
      AdamW.State from = versions[(step + 1) % 2];
      model.load(from.parameters());
      losses.add(model.lossAndGradient(batch, gradient, step, GradientListener.NONE));
      optimizer.step(
          new AdamW.Scalars(step, 3e-3f, 1f), from, versions[step % 2], gradient, decayed);
    }
    return new Trained(losses, versions[steps % 2].parameters());
  }

  private static MemorySegment flat(Arena arena, long elements) {
    return arena.allocate(elements * Float.BYTES, 64);
  }

  /** To the bit. */
  void assertSame(Trained other, String what) {
    assertEquals(losses, other.losses, "losses on " + what);
    assertEquals(-1, parameters.mismatch(other.parameters), "byte of the parameters on " + what);
  }
}
