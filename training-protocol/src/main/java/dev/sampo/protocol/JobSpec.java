package dev.sampo.protocol;

/**
 * What the protocol must know of a job; everything else is in its canonical text, which nodes parse
 * for themselves. The whole history is a pure function of this.
 *
 * @param text the job's canonical text, whose SHA-256 gives the id
 * @param slots S, the slots of every step
 * @param steps versions 0..steps exist
 * @param shards the number of parameter shards
 * @param replicas R, the copies of each shard that are wanted
 * @param clipNorm the largest global gradient norm, 0 for no clipping
 * @param maxSkippedSteps non-finite steps in a row after which the job stops
 * @param mixedClasses whether devices of several kernel classes may compute (not bit-reproducible)
 */
public record JobSpec(
    JobId id,
    String text,
    int slots,
    long steps,
    int shards,
    int replicas,
    LearningRate learningRate,
    double clipNorm,
    int maxSkippedSteps,
    boolean mixedClasses) {
  public JobSpec {
    if (slots < 1 || steps < 1 || shards < 1 || replicas < 1 || clipNorm < 0) {
      throw new IllegalArgumentException(
          "a job needs slots, steps, shards and replicas of at least 1: slots="
              + slots
              + ", steps="
              + steps
              + ", shards="
              + shards
              + ", replicas="
              + replicas
              + ", clipNorm="
              + clipNorm);
    }
  }

  /** min(1, clipNorm / norm): by what the gradient of a step is multiplied. */
  public double clipScale(double norm) {
    return clipNorm == 0 || norm <= clipNorm ? 1.0 : clipNorm / norm;
  }
}
