package dev.sampo.model.optimizer;

/**
 * Learning rate by step: linear warm-up, then half a cosine down to a floor. Pure, the same bits on
 * every machine.
 *
 * @param peak learning rate at the end of the warm-up
 * @param floor learning rate of the last step
 * @param warmupSteps steps of the warm-up
 * @param steps steps of the job
 */
public record CosineSchedule(float peak, float floor, long warmupSteps, long steps) {
  public CosineSchedule {
    if (!(peak > 0 && floor >= 0 && floor <= peak) || warmupSteps < 0 || steps < warmupSteps) {
      throw new IllegalArgumentException(
          "a schedule wants peak > 0, floor in [0, peak], warm-up within the steps: peak=%s, floor=%s, warmupSteps=%d, steps=%d"
              .formatted(peak, floor, warmupSteps, steps));
    }
  }

  /** Learning rate of update {@code step}, counted from 1; past the end it stays at the floor. */
  public float at(long step) {
    if (step <= warmupSteps) {
      return (float) (peak * ((double) step / warmupSteps));
    }
    if (step >= steps) {
      return floor;
    }
    double way = (double) (step - warmupSteps) / (steps - warmupSteps);
    return (float) (floor + (peak - floor) * 0.5 * (1 + StrictMath.cos(StrictMath.PI * way)));
  }
}
