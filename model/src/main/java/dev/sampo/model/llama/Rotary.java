package dev.sampo.model.llama;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.device.Device;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * How fast the pairs of a head turn from position to position: pair j by base^(-2j / headWidth).
 *
 * @param base 10,000 in the first LLaMA, 500,000 in the third
 * @param scaling how a model was stretched to a longer context; null if it was not
 */
public record Rotary(double base, @Nullable Scaling scaling) {
  public Rotary {
    if (!(base > 1)) {
      throw new IllegalArgumentException("a rotary base is above 1: base=" + base);
    }
  }

  /** How the pairs of a stretched model turn. */
  public sealed interface Scaling {
    /** The stretched frequency of a pair. */
    double scale(double frequency);

    /**
     * All pairs turn slower by the factor: positions lie closer together (Chen and others, 2023).
     *
     * @param factor at least 1
     */
    record Linear(double factor) implements Scaling {
      public Linear {
        if (!(factor >= 1)) {
          throw new IllegalArgumentException("rotary scaling wants factor >= 1: factor=" + factor);
        }
      }

      @Override
      public double scale(double frequency) {
        return frequency / factor;
      }
    }

    /**
     * LLaMA 3.1's stretching: slow pairs turn slower by the factor, fast ones as before, those
     * between in between.
     *
     * @param factor at least 1
     * @param lowFrequencyFactor pairs that turn fewer times over the old context are slow
     * @param highFrequencyFactor pairs that turn more times are fast; above the low one
     * @param oldContext tokens of the context before
     */
    record Llama3(
        double factor, double lowFrequencyFactor, double highFrequencyFactor, int oldContext)
        implements Scaling {
      public Llama3 {
        if (!(factor >= 1) || !(highFrequencyFactor > lowFrequencyFactor) || oldContext < 1) {
          throw new IllegalArgumentException(
              "rotary scaling wants factor >= 1, high above low, and a context: factor=%s, low=%s, high=%s, oldContext=%d"
                  .formatted(factor, lowFrequencyFactor, highFrequencyFactor, oldContext));
        }
      }

      @Override
      public double scale(double frequency) {
        double turns = oldContext * frequency / (2 * StrictMath.PI);
        double share = (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
        double fast = Math.clamp(share, 0.0, 1.0);
        return fast * frequency + (1 - fast) * frequency / factor;
      }
    }
  }

  /** Cosines, then sines, of each position: (positions, 2, headWidth / 2). */
  MemorySegment table(Device device, int positions, int headWidth) {
    int half = headWidth / 2;
    MemorySegment table = device.allocate((long) positions * headWidth);
    for (int j = 0; j < half; j++) {
      double plain = StrictMath.pow(base, -2.0 * j / headWidth);
      double frequency = scaling == null ? plain : scaling.scale(plain);
      for (int position = 0; position < positions; position++) {
        long at = (long) position * headWidth + j;
        table.setAtIndex(JAVA_FLOAT, at, (float) StrictMath.cos(position * frequency));
        table.setAtIndex(JAVA_FLOAT, at + half, (float) StrictMath.sin(position * frequency));
      }
    }
    return table;
  }
}
