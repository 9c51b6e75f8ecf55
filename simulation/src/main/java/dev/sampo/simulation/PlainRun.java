package dev.sampo.simulation;

import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.HeldOutLoss;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.message.SlotLoss;
import dev.sampo.protocol.tree.TreeNode;
import java.util.ArrayList;
import java.util.List;

/**
 * The same job computed by one loop, with nothing distributed about it: what every history of a
 * single class must equal, bit for bit.
 */
final class PlainRun {
  /** One version of all shards; the decision that led to it, which version 0 has not. */
  record Version(List<Digest> parameters, List<Digest> states, List<Decision> decision) {}

  private final List<Version> versions = new ArrayList<>();
  private final List<HeldOutLoss> losses = new ArrayList<>();

  PlainRun(ToyModel model) {
    JobSpec job = model.job();
    List<ToyModel.Side> sides = new ArrayList<>();
    for (int shard = 0; shard < job.shards(); shard++) {
      sides.add(model.initial(shard));
    }
    add(model, sides, List.of());
    int skips = 0;
    for (long step = 0; step < job.steps(); step++) {
      float[][] parameters = sides.stream().map(ToyModel.Side::parameters).toArray(float[][]::new);
      float[][] gradient = model.gradient(parameters, step, new TreeNode(0, job.slots()), 0);
      Decision decision = decide(job, step, gradient, skips);
      skips = decision.skipsInARow();
      if (!decision.skip()) {
        for (int shard = 0; shard < job.shards(); shard++) {
          sides.set(shard, model.next(sides.get(shard), decision, gradient[shard]));
        }
      }
      add(model, sides, List.of(decision));
    }
  }

  private void add(ToyModel model, List<ToyModel.Side> sides, List<Decision> decision) {
    float[][] parameters = sides.stream().map(ToyModel.Side::parameters).toArray(float[][]::new);
    double nats = 0;
    long tokens = 0;
    for (int slot = 0; slot < model.job().evaluation().slots(); slot++) {
      SlotLoss loss = model.heldOut(parameters, slot, 0);
      nats += loss.nats();
      tokens += loss.tokens();
    }
    losses.add(new HeldOutLoss(versions.size(), nats, tokens));
    versions.add(version(sides, decision));
  }

  /** Of a version on all held-out slots, whether it is one to evaluate or not. */
  HeldOutLoss loss(long version) {
    return losses.get((int) version);
  }

  Version version(long version) {
    return versions.get((int) version);
  }

  private static Decision decide(JobSpec job, long step, float[][] gradient, int skips) {
    double sumSquares = 0;
    for (float[] shard : gradient) {
      double ofShard = 0;
      for (int i = 0; i < ToyModel.WIDTH; i++) {
        ofShard += (double) shard[i] * shard[i];
      }
      sumSquares += ofShard;
    }
    double rate = job.learningRate().at(step);
    double norm = Math.sqrt(sumSquares) / job.slots();
    if (Double.isNaN(norm)) {
      return new Decision(step, 0, rate, true, skips + 1, Double.NaN, Double.NaN);
    }
    double clip = job.clipNorm() > 0 && norm > job.clipNorm() ? job.clipNorm() / norm : 1;
    double loss = (double) gradient[gradient.length - 1][ToyModel.LOSS] / job.slots();
    return new Decision(step, clip, rate, false, 0, loss, norm);
  }

  private static Version version(List<ToyModel.Side> sides, List<Decision> decision) {
    return new Version(
        sides.stream().map(side -> ToyModel.digest(side.parameters())).toList(),
        sides.stream().map(side -> ToyModel.digest(side.momentum())).toList(),
        decision);
  }
}
