package dev.sampo.protocol;

/**
 * Linear warm-up to {@code peak}, which holds until step {@code decayFrom}, then a fall to {@code
 * floor} at {@code decayTo}, and {@code floor} from there on. A pure function of the step: {@link
 * StrictMath} and correctly rounded operations, so that every coordinator gives the same bits.
 *
 * @param curve how it falls from {@code decayFrom} to {@code decayTo}
 */
public record LearningRate(
    double peak, double floor, long warmUpSteps, long decayFrom, long decayTo, Curve curve) {
  /** How a rate falls. */
  public enum Curve {
    /** Half a cosine. */
    COSINE,
    /** A straight line. */
    LINEAR,
    /** One minus the root of the way: steep at first (Hägele et al., 2024). */
    MINUS_SQRT;

    /** What is left of the fall, from 1 to 0, after {@code way} of it, from 0 to 1. */
    double left(double way) {
      return switch (this) {
        case COSINE -> 0.5 * (1 + StrictMath.cos(StrictMath.PI * way));
        case LINEAR -> 1 - way;
        case MINUS_SQRT -> 1 - StrictMath.sqrt(way);
      };
    }
  }

  public LearningRate {
    boolean rates = peak > 0 && floor >= 0 && floor <= peak;
    if (!rates || warmUpSteps < 0 || decayFrom < warmUpSteps || decayTo < decayFrom) {
      throw new IllegalArgumentException(
          "a schedule needs 0 <= floor <= peak and 0 <= warmUpSteps <= decayFrom <= decayTo: peak="
              + peak
              + ", floor="
              + floor
              + ", warmUpSteps="
              + warmUpSteps
              + ", decayFrom="
              + decayFrom
              + ", decayTo="
              + decayTo);
    }
  }

  /** A cosine from the end of the warm-up to {@code decayTo}. */
  public LearningRate(double peak, double floor, long warmUpSteps, long decayTo) {
    this(peak, floor, warmUpSteps, warmUpSteps, decayTo, Curve.COSINE);
  }

  /** The rate of the step that leads from version {@code step} to the next. */
  public double at(long step) {
    if (step < warmUpSteps) {
      return peak * (step + 1) / warmUpSteps;
    }
    if (step < decayFrom) {
      return peak;
    }
    if (step >= decayTo) {
      return floor;
    }
    return floor + (peak - floor) * curve.left((double) (step - decayFrom) / (decayTo - decayFrom));
  }
}
