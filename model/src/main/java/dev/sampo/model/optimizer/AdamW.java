package dev.sampo.model.optimizer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.model.Range;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * AdamW (Loshchilov and Hutter, ICLR 2019): Adam with weight decay applied to the parameters and
 * not to the gradient.
 *
 * <p>Every element goes through one fixed chain of exactly rounded operations, so vector length and
 * machine do not show in the result.
 *
 * @param beta1 decay of the running mean of gradients
 * @param beta2 decay of the running mean of their squares
 * @param epsilon added to the root of the latter
 * @param weightDecay of decayed ranges, multiplied with the learning rate
 */
public record AdamW(float beta1, float beta2, float epsilon, float weightDecay) {
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  public AdamW {
    if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1 && epsilon > 0 && weightDecay >= 0)) {
      throw new IllegalArgumentException(
          "AdamW wants betas in [0, 1), epsilon > 0 and decay >= 0: beta1=%s, beta2=%s, epsilon=%s, weightDecay=%s"
              .formatted(beta1, beta2, epsilon, weightDecay));
    }
  }

  /**
   * One version of a part of the model.
   *
   * @param parameters f32
   * @param mean running mean of gradients, f32 of the same length
   * @param square running mean of squared gradients, f32 of the same length
   */
  public record State(MemorySegment parameters, MemorySegment mean, MemorySegment square) {
    public State {
      if (mean.byteSize() != parameters.byteSize() || square.byteSize() != parameters.byteSize()) {
        throw new IllegalArgumentException(
            "parameters and moments have one length: bytes=%d, %d, %d"
                .formatted(parameters.byteSize(), mean.byteSize(), square.byteSize()));
      }
    }
  }

  /**
   * A part of the model before a step and after.
   *
   * @param from version A, read only
   * @param to version B, overwritten; of the same length, not overlapping version A
   */
  public record Versions(State from, State to) {
    public Versions {
      if (from.parameters().byteSize() != to.parameters().byteSize()) {
        throw new IllegalArgumentException(
            "both versions have one length: bytes=%d, to=%d"
                .formatted(from.parameters().byteSize(), to.parameters().byteSize()));
      }
    }
  }

  /**
   * What differs from step to step.
   *
   * @param step number of the update, from 1, for the bias correction
   * @param learningRate of this step
   * @param gradientScale multiplied with the summed gradient: clip scale over number of slots
   */
  public record Scalars(long step, float learningRate, float gradientScale) {
    public Scalars {
      if (step < 1 || !(learningRate >= 0) || !Float.isFinite(gradientScale)) {
        throw new IllegalArgumentException(
            "an update wants step >= 1, learning rate >= 0 and a finite scale: step=%d, learningRate=%s, gradientScale=%s"
                .formatted(step, learningRate, gradientScale));
      }
    }
  }

  /** What every element of one step goes by: computed once, used for every part of the model. */
  public static final class Rates {
    private final Factors plain;
    private final Factors decaying;

    private Rates(Factors plain, Factors decaying) {
      this.plain = plain;
      this.decaying = decaying;
    }
  }

  /** The factors of every element's chain. */
  private record Factors(
      float gradientScale,
      float beta1,
      float oneMinusBeta1,
      float beta2,
      float oneMinusBeta2,
      float rootCorrection,
      float epsilon,
      float stepSize,
      float keep) {}

  /**
   * Writes the next version.
   *
   * @param scalars step, learning rate, gradient scale
   * @param from version A, read only
   * @param to version B, overwritten; not overlapping version A
   * @param gradient the summed gradient of the same elements, read only
   * @param decayed the ranges that decay, relative to the segments, in order
   */
  public void step(
      Scalars scalars, State from, State to, MemorySegment gradient, List<Range> decayed) {
    step(rates(scalars), from, to, gradient, decayed);
  }

  /** What {@link #step(Rates, State, State, MemorySegment, List)} goes by. */
  public Rates rates(Scalars scalars) {
    return new Rates(factors(scalars, 0), factors(scalars, weightDecay));
  }

  /** As the other one, with nothing allocated for each part. */
  public void step(Rates rates, State from, State to, MemorySegment gradient, List<Range> decayed) {
    long bytes = from.parameters().byteSize();
    if (to.parameters().byteSize() != bytes || gradient.byteSize() != bytes) {
      throw new IllegalArgumentException(
          "both versions and the gradient have one length: bytes=%d, to=%d, gradient=%d"
              .formatted(bytes, to.parameters().byteSize(), gradient.byteSize()));
    }
    long elements = bytes / Float.BYTES;
    long at = 0;
    for (int i = 0; i < decayed.size(); i++) {
      Range range = decayed.get(i);
      if (range.from() < at || range.to() > elements) {
        throw new IllegalArgumentException(
            "decayed ranges are in order and inside: range=%s, after=%d, elements=%d"
                .formatted(range, at, elements));
      }
      if (at < range.from()) {
        update(rates.plain, from, to, gradient, at, range.from());
      }
      update(rates.decaying, from, to, gradient, range.from(), range.to());
      at = range.to();
    }
    if (at < elements) {
      update(rates.plain, from, to, gradient, at, elements);
    }
  }

  /** Whether weight decay touches a range. */
  public enum Decay {
    NONE,
    DECOUPLED
  }

  /** As the other ones, over one range of the segments. */
  public void step(
      Rates rates, Versions versions, MemorySegment gradient, Range range, Decay decay) {
    if (range.to() * Float.BYTES > versions.from().parameters().byteSize()
        || gradient.byteSize() != versions.from().parameters().byteSize()) {
      throw new IllegalArgumentException(
          "a range lies inside its segments: range=%s, bytes=%d, gradient=%d"
              .formatted(range, versions.from().parameters().byteSize(), gradient.byteSize()));
    }
    Factors factors =
        switch (decay) {
          case NONE -> rates.plain;
          case DECOUPLED -> rates.decaying;
        };
    update(factors, versions.from(), versions.to(), gradient, range.from(), range.to());
  }

  private Factors factors(Scalars scalars, float decay) {
    double correction1 = 1 - StrictMath.pow(beta1, (double) scalars.step());
    double correction2 = 1 - StrictMath.pow(beta2, (double) scalars.step());
    return new Factors(
        scalars.gradientScale(),
        beta1,
        1 - beta1,
        beta2,
        1 - beta2,
        (float) (1 / Math.sqrt(correction2)),
        epsilon,
        (float) (-scalars.learningRate() / correction1),
        1 - scalars.learningRate() * decay);
  }

  private static void update(
      Factors f, State from, State to, MemorySegment gradient, long first, long last) {
    long at = first * Float.BYTES;
    long end = last * Float.BYTES;
    FloatVector beta1 = FloatVector.broadcast(LANES, f.beta1());
    FloatVector beta2 = FloatVector.broadcast(LANES, f.beta2());
    FloatVector root = FloatVector.broadcast(LANES, f.rootCorrection());
    FloatVector epsilon = FloatVector.broadcast(LANES, f.epsilon());
    FloatVector stepSize = FloatVector.broadcast(LANES, f.stepSize());
    for (; at + LANES.vectorByteSize() <= end; at += LANES.vectorByteSize()) {
      FloatVector g = load(gradient, at).mul(f.gradientScale());
      FloatVector m = load(from.mean(), at).fma(beta1, g.mul(f.oneMinusBeta1()));
      FloatVector v = load(from.square(), at).fma(beta2, g.mul(g).mul(f.oneMinusBeta2()));
      FloatVector direction = m.div(v.sqrt().fma(root, epsilon));
      FloatVector p = direction.fma(stepSize, load(from.parameters(), at).mul(f.keep()));
      m.intoMemorySegment(to.mean(), at, ORDER);
      v.intoMemorySegment(to.square(), at, ORDER);
      p.intoMemorySegment(to.parameters(), at, ORDER);
    }
    for (; at < end; at += Float.BYTES) {
      updateOne(f, from, to, gradient, at);
    }
  }

  /**
   * The chain of one element: the definition that the vector loop follows operation by operation.
   */
  private static void updateOne(Factors f, State from, State to, MemorySegment gradient, long at) {
    float g = gradient.get(JAVA_FLOAT, at) * f.gradientScale();
    float m = Math.fma(from.mean().get(JAVA_FLOAT, at), f.beta1(), g * f.oneMinusBeta1());
    float v = Math.fma(from.square().get(JAVA_FLOAT, at), f.beta2(), g * g * f.oneMinusBeta2());
    float direction = m / Math.fma((float) Math.sqrt(v), f.rootCorrection(), f.epsilon());
    float kept = from.parameters().get(JAVA_FLOAT, at) * f.keep();
    to.mean().set(JAVA_FLOAT, at, m);
    to.square().set(JAVA_FLOAT, at, v);
    to.parameters().set(JAVA_FLOAT, at, Math.fma(direction, f.stepSize(), kept));
  }

  private static FloatVector load(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(LANES, x, at, ORDER);
  }
}
