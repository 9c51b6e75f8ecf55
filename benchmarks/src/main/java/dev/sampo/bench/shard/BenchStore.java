package dev.sampo.bench.shard;

import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.optimizer.AdamW;
import dev.sampo.parameter.AdamWArithmetic;
import dev.sampo.parameter.GradientBuffer;
import dev.sampo.parameter.ShardRules;
import dev.sampo.parameter.ShardStore;
import dev.sampo.parameter.StoreGeometry;
import dev.sampo.parameter.StoreRules;
import dev.sampo.parameter.StoreSync;
import dev.sampo.parameter.StoredShard;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.Term;
import dev.sampo.protocol.shard.ShardMemory;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A store with all shards of a model, opened as a node would. */
final class BenchStore implements AutoCloseable {
  private static final JobId JOB = new JobId("0000000000bec401");
  private static final Fence FENCE = new Fence(1, new Term(1, new NodeId("bench")), 1);
  private static final long SEED = 1;
  private static final int SLOTS = 8;
  private static final int BUFFERS = 4;

  private final ShardStore store;
  private final List<StoredShard> shards = new ArrayList<>();

  private BenchStore(ShardStore store, int count) {
    this.store = store;
    for (int shard = 0; shard < count; shard++) {
      shards.add(store.open(shard));
    }
  }

  static BenchStore open(Path folder, GptShape shape, int shards, StoreSync sync) {
    AdamWArithmetic arithmetic =
        new AdamWArithmetic(
            new AdamW(0.9f, 0.95f, 1e-8f, 0.1f),
            shape.layout(),
            (from, to, out) -> shape.initialiser().fill(SEED, from, to, out));
    ShardRules rules =
        new ShardRules(
            arithmetic, SLOTS, BUFFERS, new StoreRules(sync, StoreRules.NO_QUOTA, 64L << 20));
    StoreGeometry geometry =
        StoreGeometry.of(JOB, shape.layout().total(), shards, arithmetic.stateFloats());
    return new BenchStore(ShardStore.open(folder, geometry, rules), shards);
  }

  List<StoredShard> shards() {
    return shards;
  }

  void initialise() {
    shards.forEach(StoredShard::initialise);
  }

  /** A gradient with something in it. */
  static GradientBuffer gradient(StoredShard shard) {
    GradientBuffer buffer = shard.gradients().acquire();
    if (buffer == null) {
      throw new IllegalStateException("a bench gives its gradients back: shard=" + shard.range());
    }
    for (long i = 0; i < shard.range().gradientFloats(); i++) {
      buffer.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, (i % 1000 - 500) * 1e-4f);
    }
    return buffer;
  }

  static CommitRecord step(StoredShard shard, ShardMemory.Gradient gradient) {
    long version = shard.records().getFirst().version();
    return shard.apply(FENCE, new Decision(version, 1, 1e-3, false, 0, 1, 1), gradient);
  }

  /** A step that changes nothing but the version. */
  static CommitRecord skip(StoredShard shard) {
    long version = shard.records().getFirst().version();
    return shard.apply(
        FENCE, new Decision(version, 1, 1e-3, true, 1, Double.NaN, Double.NaN), null);
  }

  @Override
  public void close() {
    store.close();
  }
}
