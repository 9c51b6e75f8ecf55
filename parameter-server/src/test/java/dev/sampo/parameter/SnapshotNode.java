package dev.sampo.parameter;

import dev.sampo.device.Precision;
import dev.sampo.parameter.snapshot.Manifest;
import dev.sampo.parameter.snapshot.ShardPart;
import dev.sampo.parameter.snapshot.SnapshotFolder;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.ShardRange;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** One node that holds all shards of a cut, and trains them as the whole model would be. */
final class SnapshotNode implements AutoCloseable {
  static final long PARAMETERS = 3 * 1600 + 5;
  static final long VERSION = 4;

  private final ShardStore store;
  final List<StoredShard> shards = new ArrayList<>();

  SnapshotNode(Path folder, String name, int count, int blockParameters) {
    List<ShardRange> ranges = ShardRange.cut(PARAMETERS, count);
    store =
        ShardStore.open(
            folder.resolve(name),
            new StoreGeometry(Steps.JOB, ranges, blockParameters, 2),
            Steps.rules());
    ranges.forEach(range -> shards.add(store.open(range.shard())));
  }

  void train(long from, long to) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment whole = arena.allocate(PARAMETERS * Float.BYTES, 64);
      for (long step = from; step < to; step++) {
        PlainArithmetic.fillNoise(step, whole);
        for (StoredShard shard : shards) {
          GradientBuffer gradient = Steps.acquire(shard);
          gradient
              .parameters()
              .copyFrom(
                  whole.asSlice(
                      shard.range().first() * Float.BYTES, gradient.parameters().byteSize()));
          shard.apply(Steps.FENCE, Steps.decision(step), gradient);
          shard.release(gradient);
        }
      }
    }
  }

  /** Of the whole model's parameters and state, in the order of the flat vector. */
  Digest hash(long version) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment whole = arena.allocate(3 * PARAMETERS * Float.BYTES, 64);
      for (StoredShard shard : shards) {
        try (SideCopy copy = StoredShardTest.copyOut(shard, version)) {
          long bytes = shard.range().parameters() * Float.BYTES;
          for (int plane = 0; plane < 3; plane++) {
            long to = (plane * PARAMETERS + shard.range().first()) * Float.BYTES;
            MemorySegment.copy(copy.segment(), plane * bytes, whole, to, bytes);
          }
        }
      }
      return FlatSha256.of(whole);
    }
  }

  void snapshot(SnapshotFolder snapshots) {
    snapshot(snapshots, VERSION);
  }

  void snapshot(SnapshotFolder snapshots, long version) {
    List<ShardPart> parts = new ArrayList<>();
    shards.forEach(shard -> parts.add(write(snapshots, shard, version)));
    snapshots.publish(manifest(parts, version));
  }

  @Override
  public void close() {
    store.close();
  }

  static ShardPart write(SnapshotFolder snapshots, StoredShard shard) {
    return write(snapshots, shard, shard.records().getFirst().version());
  }

  static ShardPart write(SnapshotFolder snapshots, StoredShard shard, long version) {
    try (SideCopy copy = StoredShardTest.copyOut(shard, version)) {
      return snapshots.write(Steps.JOB, shard.range(), copy);
    }
  }

  static Manifest manifest(List<ShardPart> parts) {
    return manifest(parts, VERSION);
  }

  static Manifest manifest(List<ShardPart> parts, long version) {
    return new Manifest(
        new JobId(Steps.JOB.value()),
        "name = \"a job, with \\\"quotes\\\" and ümläute\"",
        version,
        version * Steps.SLOTS,
        Steps.FENCE,
        Steps.decision(version - 1),
        Precision.F32,
        2,
        parts);
  }
}
