package dev.sampo.protocol;

/**
 * Linear warm-up to {@code peak}, then a cosine down to {@code floor} at {@code decaySteps}, and
 * {@code floor} from there on. A pure function of the step: {@link StrictMath}, so that every
 * coordinator gives the same bits.
 */
public record LearningRate(double peak, double floor, long warmUpSteps, long decaySteps) {
  public LearningRate {
    if (!(peak > 0) || floor < 0 || floor > peak || warmUpSteps < 0 || decaySteps < warmUpSteps) {
      throw new IllegalArgumentException(
          "a schedule needs 0 <= floor <= peak and 0 <= warmUpSteps <= decaySteps: peak="
              + peak
              + ", floor="
              + floor
              + ", warmUpSteps="
              + warmUpSteps
              + ", decaySteps="
              + decaySteps);
    }
  }

  public double at(long step) {
    if (step < warmUpSteps) {
      return peak * (step + 1) / warmUpSteps;
    }
    if (step >= decaySteps) {
      return floor;
    }
    double progress = (double) (step - warmUpSteps) / (decaySteps - warmUpSteps);
    return floor + 0.5 * (peak - floor) * (1 + StrictMath.cos(StrictMath.PI * progress));
  }
}
