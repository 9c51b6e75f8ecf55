package dev.sampo.parameter;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.device.FloatVectors;
import dev.sampo.protocol.ShardRange;
import java.lang.foreign.MemorySegment;

/**
 * Gradients that travel in bf16: rounded beforehand, so that nothing is lost on the way. The loss
 * behind the parameters is no gradient and keeps all its bits, divided among its floats.
 */
public final class RoundedGradient {
  private RoundedGradient() {}

  /**
   * Rounds a gradient where it lies; one that was rounded does not change.
   *
   * @param gradient (parameters), then {@link ShardRange#LOSS_FLOATS} or nothing
   */
  public static void round(MemorySegment gradient, long parameters) {
    MemorySegment rounded = gradient.asSlice(0, parameters * Float.BYTES);
    FloatVectors.roundToBf16(rounded, rounded);
    if (gradient.byteSize() > rounded.byteSize()) {
      setLoss(gradient, parameters, (float) loss(gradient, parameters));
      spreadLoss(gradient, parameters);
    }
  }

  /** The loss that lies behind the parameters. */
  public static double loss(MemorySegment gradient, long parameters) {
    double loss = 0;
    for (int i = 0; i < ShardRange.LOSS_FLOATS; i++) {
      loss += gradient.getAtIndex(JAVA_FLOAT, parameters + i);
    }
    return loss;
  }

  /** Puts a loss behind the parameters. */
  public static void setLoss(MemorySegment gradient, long parameters, float loss) {
    gradient.setAtIndex(JAVA_FLOAT, parameters, loss);
    for (int i = 1; i < ShardRange.LOSS_FLOATS; i++) {
      gradient.setAtIndex(JAVA_FLOAT, parameters + i, 0);
    }
  }

  /** Eight bits into each float, the highest first: what is left is exact. */
  private static void spreadLoss(MemorySegment gradient, long parameters) {
    float left = gradient.getAtIndex(JAVA_FLOAT, parameters);
    for (int i = 0; i < ShardRange.LOSS_FLOATS; i++) {
      MemorySegment part = gradient.asSlice((parameters + i) * Float.BYTES, Float.BYTES);
      part.set(JAVA_FLOAT, 0, left);
      FloatVectors.roundToBf16(part, part);
      // Of an infinite loss nothing is left, and not NaN.
      left = Float.isFinite(left) ? left - part.get(JAVA_FLOAT, 0) : 0;
    }
  }
}
