package dev.sampo.parameter;

import dev.sampo.model.gpt.GptShape;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.ShardRange;
import dev.sampo.protocol.Term;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A job whose whole history is a function of its seed, as the tests apply it. */
final class Steps {
  static final long SEED = 20261123;
  static final int SLOTS = 8;
  static final JobId JOB = new JobId("0123456789abcdef");
  static final Fence FENCE = new Fence(1, new Term(7, new NodeId("alpha")), 3);

  /** Awkward on purpose: two shards, neither a whole number of blocks. */
  static final List<ShardRange> RANGES = ShardRange.cut(2 * 1600 + 5, 2);

  private Steps() {}

  static StoreGeometry geometry(int blockParameters) {
    return new StoreGeometry(JOB, RANGES, blockParameters, 2);
  }

  static ShardRules rules() {
    return new ShardRules(new PlainArithmetic(SEED), SLOTS, 4, StoreRules.plain());
  }

  /** The first parameters of a real model. */
  static FirstVersion start(GptShape shape) {
    return (from, to, out) -> shape.initialiser().fill(SEED, from, to, out);
  }

  static Decision decision(long step) {
    return new Decision(step, 0.5 + 0.01 * step, 1e-2 / (step + 1), false, 0, 3.25, 1.5);
  }

  static Decision skip(long step) {
    return new Decision(step, 1, 1e-3, true, 1, Double.NaN, Double.NaN);
  }

  static GradientBuffer gradient(StoredShard shard, long step) {
    GradientBuffer buffer = acquire(shard);
    PlainArithmetic.fillNoise(SEED + 31 * step + shard.range().shard(), buffer.segment());
    return buffer;
  }

  static GradientBuffer acquire(StoredShard shard) {
    @Nullable GradientBuffer buffer = shard.gradients().acquire();
    if (buffer == null) {
      throw new AssertionError("no gradient buffer left: shard=" + shard.range());
    }
    return buffer;
  }

  static CommitRecord apply(StoredShard shard, long step) {
    GradientBuffer gradient = gradient(shard, step);
    CommitRecord record = shard.apply(FENCE, decision(step), gradient);
    shard.release(gradient);
    return record;
  }

  static CommitRecord applyUntil(StoredShard shard, long version) {
    CommitRecord record = shard.initialise();
    for (long step = 0; step < version; step++) {
      record = apply(shard, step);
    }
    return record;
  }
}
