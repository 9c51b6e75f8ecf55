package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Decision;
import dev.sampo.protocol.GradientFacts;
import dev.sampo.protocol.JobSpec;
import java.util.List;

/** What a step does, as a function of the job and of what the shards reduced. */
final class Steps {
  private Steps() {}

  /**
   * Decides a step.
   *
   * @param facts of the summed gradient, in shard order
   */
  static Decision decide(long step, JobSpec job, List<GradientFacts> facts, int skipsBefore) {
    double sumSquares = 0;
    double lossSum = 0;
    boolean finite = true;
    for (GradientFacts shard : facts) {
      sumSquares += shard.sumSquares();
      lossSum += shard.lossSum();
      finite &= shard.finite();
    }
    double norm = Math.sqrt(sumSquares) / job.slots();
    double learningRate = job.learningRate().at(step);
    if (!finite || !Double.isFinite(norm)) {
      return new Decision(step, 0, learningRate, true, skipsBefore + 1, Double.NaN, Double.NaN);
    }
    double loss = lossSum / job.slots();
    return new Decision(step, job.clipScale(norm), learningRate, false, 0, loss, norm);
  }
}
