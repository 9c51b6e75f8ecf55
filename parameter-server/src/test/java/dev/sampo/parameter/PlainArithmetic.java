package dev.sampo.parameter;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** AdamW and the sums, one float at a time: plain enough to be read as the specification. */
record PlainArithmetic(long seed) implements ShardArithmetic {
  private static final float BETA1 = 0.9f;
  private static final float BETA2 = 0.95f;
  private static final float EPSILON = 1e-8f;

  @Override
  public int stateFloats() {
    return 2;
  }

  @Override
  public FirstVersion start() {
    return (from, to, out) -> {
      for (long i = from; i < to; i++) {
        set(out, i - from, noise(seed, i) * 0.02f);
      }
    };
  }

  @Override
  public ShardStep prepare(List<Block> from, List<Block> to) {
    return ShardStep.elementwise(from, to, PlainArithmetic::step);
  }

  static void step(StepScalars scalars, Block from, Block to, MemorySegment gradient) {
    float correction1 = (float) (1 - StrictMath.pow(BETA1, (double) scalars.timeStep()));
    float correction2 = (float) (1 - StrictMath.pow(BETA2, (double) scalars.timeStep()));
    float rate = (float) scalars.learningRate();
    for (long i = 0; i < to.count(); i++) {
      float g = get(gradient, i) * scalars.gradientScale();
      float m = BETA1 * get(from.state().get(0), i) + (1 - BETA1) * g;
      float v = BETA2 * get(from.state().get(1), i) + (1 - BETA2) * g * g;
      float update = m / correction1 / ((float) Math.sqrt(v / correction2) + EPSILON);
      float old = get(from.parameters(), i);
      float decay = (from.first() + i) % 3 == 0 ? 0.1f : 0;
      set(to.state().get(0), i, m);
      set(to.state().get(1), i, v);
      set(to.parameters(), i, old - rate * (update + decay * old));
    }
  }

  @Override
  public void add(MemorySegment left, MemorySegment right) {
    for (long i = 0; i < left.byteSize() / Float.BYTES; i++) {
      set(left, i, get(left, i) + get(right, i));
    }
  }

  @Override
  public double sumSquares(MemorySegment values) {
    double sum = 0;
    for (long i = 0; i < values.byteSize() / Float.BYTES; i++) {
      double value = get(values, i);
      sum += value * value;
    }
    return sum;
  }

  @Override
  public boolean finite(MemorySegment values) {
    for (long i = 0; i < values.byteSize() / Float.BYTES; i++) {
      if (!Float.isFinite(get(values, i))) {
        return false;
      }
    }
    return true;
  }

  static void fillNoise(long seed, MemorySegment floats) {
    for (long i = 0; i < floats.byteSize() / Float.BYTES; i++) {
      set(floats, i, noise(seed, i));
    }
  }

  static float get(MemorySegment floats, long index) {
    return floats.getAtIndex(ValueLayout.JAVA_FLOAT, index);
  }

  static void set(MemorySegment floats, long index, float value) {
    floats.setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
  }

  /** Uniform in [-1, 1): a function of seed and index alone. */
  private static float noise(long seed, long index) {
    long mixed = (seed * 0x9E3779B97F4A7C15L) ^ (index + 1) * 0xC2B2AE3D27D4EB4FL;
    mixed = (mixed ^ (mixed >>> 29)) * 0xBF58476D1CE4E5B9L;
    return ((mixed ^ (mixed >>> 32)) & 0xFFFFFF) / (float) (1 << 23) - 1;
  }
}
