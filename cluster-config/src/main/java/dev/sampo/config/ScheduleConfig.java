package dev.sampo.config;

/**
 * The learning rate over the steps.
 *
 * @param shape how it falls after the warm-up
 * @param peakRate reached at the end of the warm-up
 * @param floorRate reached at the last step
 * @param warmupSteps steps of linear rise from zero; at most all of them
 */
public record ScheduleConfig(Shape shape, double peakRate, double floorRate, int warmupSteps) {
  /** How the rate falls. */
  public enum Shape {
    /** Half a cosine from the peak to the floor. */
    COSINE,
    /** Not at all. */
    CONSTANT
  }
}
