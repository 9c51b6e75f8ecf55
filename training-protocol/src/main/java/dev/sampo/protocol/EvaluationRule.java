package dev.sampo.protocol;

/**
 * When a job's versions are evaluated on held-out text, and when that ends it.
 *
 * @param every after so many steps, 0 for the last version alone
 * @param slots micro-batches of the held-out text, the same for every version; 0 for no evaluation
 * @param stopAfter so many evaluations in a row without a better loss than before end the job; 0
 *     for never
 */
public record EvaluationRule(long every, int slots, int stopAfter) {
  public static final EvaluationRule NONE = new EvaluationRule(0, 0, 0);

  public EvaluationRule {
    if (every < 0 || slots < 0 || stopAfter < 0) {
      throw new IllegalArgumentException(
          "evaluation counts steps, slots and its own results: every="
              + every
              + ", slots="
              + slots
              + ", stopAfter="
              + stopAfter);
    }
  }

  /** Whether {@code version} of a job of so many steps is one to evaluate. */
  public boolean isDue(long version, long steps) {
    boolean regular = every > 0 && version > 0 && version % every == 0;
    return slots > 0 && (regular || version == steps);
  }
}
