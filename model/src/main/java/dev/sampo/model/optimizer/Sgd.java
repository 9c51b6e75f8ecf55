package dev.sampo.model.optimizer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.model.Range;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Stochastic gradient descent with Nesterov's momentum, in the form of Sutskever and others (ICML
 * 2013) that looks ahead: m' = momentum m + g, p' = p - rate (g + momentum m'). Weight decay is
 * decoupled, as AdamW's.
 *
 * <p>Every element goes through one fixed chain of exactly rounded operations, so vector length and
 * machine do not show in the result.
 *
 * @param momentum decay of the velocity, in [0, 1); 0 is plain descent
 * @param weightDecay of decayed ranges, multiplied with the learning rate
 */
public record Sgd(float momentum, float weightDecay) {
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  public Sgd {
    if (!(momentum >= 0 && momentum < 1 && weightDecay >= 0)) {
      throw new IllegalArgumentException(
          "SGD wants momentum in [0, 1) and decay >= 0: momentum=%s, weightDecay=%s"
              .formatted(momentum, weightDecay));
    }
  }

  /**
   * One version of a part of the model.
   *
   * @param parameters f32
   * @param velocity f32 of the same length
   */
  public record State(MemorySegment parameters, MemorySegment velocity) {
    public State {
      if (velocity.byteSize() != parameters.byteSize()) {
        throw new IllegalArgumentException(
            "parameters and velocity have one length: bytes=%d, %d"
                .formatted(parameters.byteSize(), velocity.byteSize()));
      }
    }
  }

  /**
   * What differs from step to step.
   *
   * @param learningRate of this step
   * @param gradientScale multiplied with the summed gradient: clip scale over number of slots
   */
  public record Scalars(float learningRate, float gradientScale) {
    public Scalars {
      if (!(learningRate >= 0) || !Float.isFinite(gradientScale)) {
        throw new IllegalArgumentException(
            "an update wants learning rate >= 0 and a finite scale: learningRate=%s, gradientScale=%s"
                .formatted(learningRate, gradientScale));
      }
    }
  }

  /**
   * Writes the next version.
   *
   * @param from version A, read only
   * @param to version B, overwritten; not overlapping version A
   * @param gradient the summed gradient of the same elements, read only
   * @param decayed the ranges that decay, relative to the segments, in order
   */
  public void step(
      Scalars scalars, State from, State to, MemorySegment gradient, List<Range> decayed) {
    long bytes = from.parameters().byteSize();
    if (to.parameters().byteSize() != bytes || gradient.byteSize() != bytes) {
      throw new IllegalArgumentException(
          "both versions and the gradient have one length: bytes=%d, to=%d, gradient=%d"
              .formatted(bytes, to.parameters().byteSize(), gradient.byteSize()));
    }
    Update update = new Update(scalars, from, to, gradient);
    float kept = 1 - scalars.learningRate() * weightDecay;
    long at = 0;
    for (Range range : decayed) {
      if (range.from() < at || range.to() > bytes / Float.BYTES) {
        throw new IllegalArgumentException(
            "decayed ranges are in order and inside: range=%s, after=%d, elements=%d"
                .formatted(range, at, bytes / Float.BYTES));
      }
      update(update, 1f, at, range.from());
      update(update, kept, range.from(), range.to());
      at = range.to();
    }
    update(update, 1f, at, bytes / Float.BYTES);
  }

  private record Update(Scalars scalars, State from, State to, MemorySegment gradient) {}

  /** Elements [first, end), whose parameters are multiplied with {@code keep} on the way. */
  private void update(Update u, float keep, long first, long end) {
    float scale = u.scalars().gradientScale();
    float rate = -u.scalars().learningRate();
    long at = first * Float.BYTES;
    long to = end * Float.BYTES;
    FloatVector decay = FloatVector.broadcast(LANES, momentum);
    FloatVector step = FloatVector.broadcast(LANES, rate);
    for (; at + LANES.vectorByteSize() <= to; at += LANES.vectorByteSize()) {
      FloatVector g = load(u.gradient(), at).mul(scale);
      FloatVector m = load(u.from().velocity(), at).fma(decay, g);
      FloatVector p = m.fma(decay, g).fma(step, load(u.from().parameters(), at).mul(keep));
      m.intoMemorySegment(u.to().velocity(), at, ORDER);
      p.intoMemorySegment(u.to().parameters(), at, ORDER);
    }
    for (; at < to; at += Float.BYTES) {
      float g = u.gradient().get(JAVA_FLOAT, at) * scale;
      float m = Math.fma(u.from().velocity().get(JAVA_FLOAT, at), momentum, g);
      float kept = u.from().parameters().get(JAVA_FLOAT, at) * keep;
      u.to().velocity().set(JAVA_FLOAT, at, m);
      u.to().parameters().set(JAVA_FLOAT, at, Math.fma(Math.fma(m, momentum, g), rate, kept));
    }
  }

  private static FloatVector load(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(LANES, x, at, ORDER);
  }
}
