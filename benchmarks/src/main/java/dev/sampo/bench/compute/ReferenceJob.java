package dev.sampo.bench.compute;

import dev.sampo.device.Device;
import dev.sampo.device.FloatVectors;
import dev.sampo.model.LanguageModel;
import dev.sampo.model.Range;
import dev.sampo.model.TokenBatch;
import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.optimizer.AdamW;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The job that is measured: a GPT-2 shape with bytes for a vocabulary, AdamW, clipping at 1, on one
 * batch of random tokens that it learns by heart. One thread at a time.
 */
final class ReferenceJob {
  /**
   * How large it is.
   *
   * @param batch sequences of a step
   */
  record Size(GptShape shape, int batch) {
    /** Six layers of width 384, context 256, twelve sequences. */
    static final Size REFERENCE = new Size(new GptShape(6, 6, 384, 256, 256), 12);

    long tokens() {
      return (long) batch * shape.context();
    }

    /** Of training, by the usual count: 6 a parameter, and attention without its causal half. */
    double flopsPerToken() {
      double attention = 12.0 * shape.layers() * shape.width() * shape.context();
      return 6.0 * shape.layout().total() + attention;
    }
  }

  private static final long SEED = 1;
  private static final float RATE = 1e-3f;

  private final Size size;
  private final LanguageModel model;
  private final TokenBatch batch;
  private final AdamW optimizer = new AdamW(0.9f, 0.99f, 1e-8f, 0.1f);
  private final List<Range> decayed;
  private final MemorySegment gradient;
  private final AdamW.State[] versions = new AdamW.State[2];
  private int steps;
  private float loss = Float.NaN;

  ReferenceJob(Size size, Device device) {
    this.size = size;
    model = size.shape().create(device, size.batch());
    long total = model.layout().total();
    for (int side = 0; side < versions.length; side++) {
      versions[side] =
          new AdamW.State(device.allocate(total), device.allocate(total), device.allocate(total));
    }
    gradient = device.allocate(total);
    decayed = model.layout().decayed(0, total);
    model.initialise(SEED, versions[0].parameters());
    batch = model.newBatch();
    SplittableRandom random = new SplittableRandom(SEED);
    for (int sequence = 0; sequence < size.batch(); sequence++) {
      for (int place = 0; place <= size.shape().context(); place++) {
        batch.set(sequence, place, random.nextInt(size.shape().vocabulary()));
      }
    }
  }

  /** One step; returns its time in seconds. */
  double step() {
    long start = System.nanoTime();
    AdamW.State from = versions[steps % 2];
    loss = model.lossAndGradient(from.parameters(), batch, gradient);
    double norm = Math.sqrt(FloatVectors.sumSquares(gradient));
    float scale = (float) Math.min(1, 1 / norm);
    AdamW.Scalars scalars = new AdamW.Scalars(steps + 1L, RATE, scale);
    optimizer.step(scalars, from, versions[(steps + 1) % 2], gradient, decayed);
    steps++;
    return (System.nanoTime() - start) * 1e-9;
  }

  Size size() {
    return size;
  }

  /** Of the last step, in nats a token. */
  float loss() {
    return loss;
  }
}
