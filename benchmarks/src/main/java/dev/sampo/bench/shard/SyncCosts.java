package dev.sampo.bench.shard;

import dev.sampo.model.gpt.GptShape;
import dev.sampo.parameter.GradientBuffer;
import dev.sampo.parameter.StoreSync;
import dev.sampo.parameter.StoredShard;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What each setting of {@code store.sync} adds to a step of the reference job, on one thread. */
final class SyncCosts {
  /** The example job java-small: 2.8 M parameters in four shards. */
  static final GptShape REFERENCE = new GptShape(6, 6, 192, 256, 256);

  static final int EVERY = 101;
  private static final int SHARDS = 4;
  private static final int INTERVALS = 3;
  private static final int STEPS_SYNCED_EACH = 40;

  /**
   * Milliseconds that the shards of one node take for a step.
   *
   * @param none store.sync = none
   * @param interval store.sync = interval, its copies shared out over the steps between them
   * @param step store.sync = step
   */
  record Costs(double none, double interval, double step) {}

  private SyncCosts() {}

  static Costs measure(Path folder) throws Exception {
    int steps = INTERVALS * EVERY;
    return new Costs(
        millis(folder.resolve("none"), new StoreSync.None(), steps),
        millis(folder.resolve("interval"), new StoreSync.Interval(EVERY), steps),
        millis(folder.resolve("step"), new StoreSync.EveryVersion(), STEPS_SYNCED_EACH));
  }

  private static double millis(Path folder, StoreSync sync, int steps) throws Exception {
    try (BenchStore store = BenchStore.open(folder, REFERENCE, SHARDS, sync)) {
      store.initialise();
      List<GradientBuffer> gradients = new ArrayList<>();
      store.shards().forEach(shard -> gradients.add(BenchStore.gradient(shard)));
      run(store.shards(), gradients, 20);
      double seconds = Stopwatch.seconds(() -> run(store.shards(), gradients, steps));
      return seconds / steps * 1e3;
    }
  }

  private static void run(List<StoredShard> shards, List<GradientBuffer> gradients, int steps) {
    for (int step = 0; step < steps; step++) {
      for (int shard = 0; shard < shards.size(); shard++) {
        BenchStore.step(shards.get(shard), gradients.get(shard));
      }
    }
  }
}
