package dev.sampo.actors.node;

import dev.sampo.config.BatchConfig;
import dev.sampo.config.KernelClass;
import dev.sampo.config.PinnedJob;
import dev.sampo.config.Recipe;
import dev.sampo.config.ScheduleConfig;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.LearningRate;

/** From a job as people write it to what the protocol must know of it. */
public final class Jobs {
  private static final int ID_DIGITS = 16;

  private Jobs() {}

  /**
   * The job as it is submitted.
   *
   * @param replicas wanted of each parameter shard
   */
  public static JobSpec spec(PinnedJob job, int replicas) {
    Recipe recipe = job.recipe();
    BatchConfig batch = recipe.batch();
    ScheduleConfig schedule = recipe.schedule();
    LearningRate learningRate =
        switch (schedule.shape()) {
          case COSINE ->
              new LearningRate(
                  schedule.peakRate(),
                  schedule.floorRate(),
                  schedule.warmupSteps(),
                  recipe.steps());
          case CONSTANT ->
              new LearningRate(
                  schedule.peakRate(), schedule.peakRate(), schedule.warmupSteps(), recipe.steps());
        };
    return new JobSpec(
        new JobId(job.sha256().substring(0, ID_DIGITS)),
        job.canonicalText(),
        batch.slots(),
        batch.grain(),
        recipe.steps(),
        recipe.shards(),
        replicas,
        learningRate,
        recipe.clipNorm(),
        recipe.maxSkippedSteps(),
        recipe.kernelClass() == KernelClass.MIXED);
  }
}
