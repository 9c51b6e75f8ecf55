package dev.sampo.bench.shard;

import dev.sampo.model.gpt.GptShape;
import dev.sampo.parameter.StoreSync;
import dev.sampo.parameter.StoredShard;
import dev.sampo.protocol.CommitRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How long a node takes to have its shards back from its own store, every byte checked. */
final class RecoveryTime {
  /** 88 M parameters, 1.06 GB a side with AdamW's state. */
  private static final GptShape SHAPE = new GptShape(7, 16, 1024, 256, 256);

  private static final int SHARDS = 4;

  /**
   * A recovery.
   *
   * @param sideBytes of one version of all shards; two were read and checked
   */
  record Recovered(long sideBytes, double seconds) {}

  private RecoveryTime() {}

  static Recovered measure(Path folder) throws Exception {
    List<List<CommitRecord>> before;
    try (BenchStore store = BenchStore.open(folder, SHAPE, SHARDS, new StoreSync.None())) {
      store.initialise();
      store.shards().forEach(BenchStore::skip);
      before = records(store);
    }
    List<List<CommitRecord>> after = new ArrayList<>();
    double seconds =
        Stopwatch.seconds(
            () -> {
              try (BenchStore store =
                  BenchStore.open(folder, SHAPE, SHARDS, new StoreSync.None())) {
                after.addAll(records(store));
              }
            });
    if (!after.equals(before) || after.getFirst().size() != 2) {
      throw new IllegalStateException("both versions of every shard are back: found=" + after);
    }
    return new Recovered(SHAPE.layout().total() * 3 * Float.BYTES, seconds);
  }

  private static List<List<CommitRecord>> records(BenchStore store) {
    return store.shards().stream().map(StoredShard::records).toList();
  }
}
