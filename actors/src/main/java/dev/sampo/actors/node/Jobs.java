package dev.sampo.actors.node;

import dev.sampo.config.BatchConfig;
import dev.sampo.config.EvaluationConfig;
import dev.sampo.config.KernelClass;
import dev.sampo.config.PinnedJob;
import dev.sampo.config.Recipe;
import dev.sampo.config.ScheduleConfig;
import dev.sampo.model.evaluate.Evaluation;
import dev.sampo.protocol.AuditRule;
import dev.sampo.protocol.EvaluationRule;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.LearningRate;
import dev.sampo.protocol.SnapshotRule;

/** From a job as people write it to what the protocol must know of it. */
public final class Jobs {
  private static final int ID_DIGITS = 16;
  private static final int MOST_HELD_OUT_SLOTS = 4096;

  private Jobs() {}

  /**
   * The job as it is submitted.
   *
   * @param replicas wanted of each parameter shard
   */
  public static JobSpec spec(PinnedJob job, int replicas) {
    Recipe recipe = job.recipe();
    BatchConfig batch = recipe.batch();
    return new JobSpec(
        new JobId(job.sha256().substring(0, ID_DIGITS)),
        job.canonicalText(),
        batch.slots(),
        batch.grain(),
        recipe.steps(),
        recipe.shards(),
        replicas,
        learningRate(recipe.schedule(), recipe.steps()),
        recipe.clipNorm(),
        recipe.maxSkippedSteps(),
        recipe.kernelClass() == KernelClass.MIXED,
        SnapshotRule.NONE,
        EvaluationRule.NONE,
        AuditRule.NONE);
  }

  /**
   * When the job is evaluated, and on how many of its micro-batches.
   *
   * @throws IllegalArgumentException if those are more than are leased one by one
   */
  public static EvaluationRule evaluation(PinnedJob job, EvaluationConfig wanted) {
    Recipe recipe = job.recipe();
    long batchTokens = (long) recipe.batch().sequences() * recipe.model().context();
    long slots = wanted.tokens() == 0 ? 0 : Evaluation.microBatches(wanted.tokens(), batchTokens);
    if (slots > MOST_HELD_OUT_SLOTS) {
      throw new IllegalArgumentException(
          "a version is evaluated on a limited number of micro-batches: job.evaluate.tokens=%d, micro-batches=%d, limit=%d; hint: set job.evaluate.tokens to at most %d, and use sampo eval for more"
              .formatted(
                  wanted.tokens(), slots, MOST_HELD_OUT_SLOTS, MOST_HELD_OUT_SLOTS * batchTokens));
    }
    return new EvaluationRule(wanted.everySteps(), (int) slots, wanted.stopAfter());
  }

  /** The learning rate of every step of a job of so many. */
  static LearningRate learningRate(ScheduleConfig schedule, long steps) {
    double peak = schedule.peakRate();
    double floor = schedule.floorRate();
    long warmUp = schedule.warmupSteps();
    return switch (schedule.shape()) {
      case COSINE -> new LearningRate(peak, floor, warmUp, steps);
      case CONSTANT -> new LearningRate(peak, peak, warmUp, steps);
      case WSD ->
          new LearningRate(
              peak,
              floor,
              warmUp,
              steps - schedule.decaySteps(),
              steps,
              switch (schedule.decayCurve()) {
                case LINEAR -> LearningRate.Curve.LINEAR;
                case MINUS_SQRT -> LearningRate.Curve.MINUS_SQRT;
                case COSINE -> LearningRate.Curve.COSINE;
              });
    };
  }
}
