package dev.sampo.config;

/**
 * The learning rate over the steps.
 *
 * @param shape how it falls after the warm-up
 * @param peakRate reached at the end of the warm-up
 * @param floorRate reached at the end of the job
 * @param warmupSteps steps of linear rise from zero; at most all of them
 * @param decaySteps steps of the fall at the end in shape WSD, 0 in all others
 * @param decayCurve how it falls in shape WSD
 */
public record ScheduleConfig(
    Shape shape,
    double peakRate,
    double floorRate,
    int warmupSteps,
    int decaySteps,
    Curve decayCurve) {
  /** How the rate falls. */
  public enum Shape {
    /** Half a cosine from the peak to the floor. */
    COSINE,
    /** Warm-up, stable, decay: at the peak until the last steps, then to the floor. */
    WSD,
    /** Not at all. */
    CONSTANT
  }

  /** How the last phase of WSD falls. */
  public enum Curve {
    /** A straight line. */
    LINEAR,
    /** One minus the root of the way. */
    MINUS_SQRT,
    /** Half a cosine. */
    COSINE
  }
}
