package dev.sampo.bench.shard;

import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.optimizer.AdamW;
import dev.sampo.parameter.CopyBlocks;
import dev.sampo.parameter.GradientBuffer;
import dev.sampo.parameter.SideCopy;
import dev.sampo.parameter.SideHash;
import dev.sampo.parameter.StoreSync;
import dev.sampo.parameter.StoredShard;
import dev.sampo.protocol.CommitRecord;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Bytes that each kernel must read and write, by the time that it takes, in GB/s: on one core, and
 * on all of them with a shard each. What a processor fetches only to overwrite it is not counted.
 */
final class MemoryRates {
  /** Read: parameters, m, v, gradient. Written: parameters, m, v. */
  private static final int STEP_BYTES = 28;

  /** Two read, one written. */
  private static final int ADD_BYTES = 12;

  /** Three read, three written. */
  private static final int SIDE_COPY_BYTES = 24;

  private static final int WARM_UPS = 20;
  private static final int RUNS = 21;

  /** About 25 M parameters: no cache holds a shard of it. */
  static final GptShape SHAPE = new GptShape(8, 8, 512, 256, 256);

  /**
   * One number of cores.
   *
   * @param copy what {@code MemorySegment.copy} reads and writes
   * @param step the optimizer step by itself
   * @param hashedStep the optimizer step with the hash of its version and its record
   * @param add the merge of two gradients
   * @param examine hash, norm and check of a gradient
   * @param hash the hash of a version that lies in memory
   * @param hashCached the hash of a block that the cache holds
   * @param copyOut a side copied for another replica
   * @param adopt a side that came from another replica in blocks, taken over and checked
   */
  record Rates(
      int cores,
      double copy,
      double step,
      double hashedStep,
      double add,
      double examine,
      double hash,
      double hashCached,
      double copyOut,
      double adopt) {}

  private MemoryRates() {}

  static Rates measure(Path folder, int cores) throws Exception {
    try (BenchStore store = BenchStore.open(folder, SHAPE, cores, new StoreSync.None());
        ExecutorService threads = Executors.newFixedThreadPool(cores);
        Arena arena = Arena.ofShared()) {
      store.initialise();
      List<Lane> lanes = new ArrayList<>();
      store.shards().forEach(shard -> lanes.add(new Lane(shard, arena)));
      Group group = new Group(lanes, threads);
      Rates rates =
          new Rates(
              cores,
              group.rate(lane -> lane.source.byteSize() * 2, Lane::copy),
              group.rate(lane -> lane.parameters() * STEP_BYTES, Lane::step),
              group.rate(lane -> lane.parameters() * STEP_BYTES, Lane::hashedStep),
              group.rate(lane -> lane.parameters() * ADD_BYTES, Lane::add),
              group.rate(lane -> lane.parameters() * Float.BYTES, Lane::examine),
              group.rate(lane -> lane.source.byteSize(), Lane::hash),
              group.rate(lane -> Lane.CACHED_BYTES * Lane.CACHED_TIMES, Lane::hashCached),
              group.rate(lane -> lane.parameters() * SIDE_COPY_BYTES, Lane::copyOut),
              group.rate(lane -> lane.parameters() * SIDE_COPY_BYTES, Lane::adopt));
      lanes.forEach(Lane::check);
      return rates;
    }
  }

  /** All lanes at once, a thread each. */
  private record Group(List<Lane> lanes, ExecutorService threads) {
    double rate(ToLongFunction<Lane> bytes, LaneWork work) throws Exception {
      double seconds =
          Stopwatch.medianSeconds(
              WARM_UPS,
              RUNS,
              () -> {
                List<Callable<Void>> calls = new ArrayList<>();
                for (Lane lane : lanes) {
                  calls.add(
                      () -> {
                        work.run(lane);
                        return null;
                      });
                }
                for (Future<Void> done : threads.invokeAll(calls)) {
                  done.get();
                }
              });
      return lanes.stream().mapToLong(bytes).sum() / seconds * 1e-9;
    }
  }

  @FunctionalInterface
  private interface LaneWork {
    void run(Lane lane);
  }

  /** One core's shard and buffers. */
  private static final class Lane {
    static final long CACHED_BYTES = 256 * 1024;
    static final long CACHED_TIMES = 500;

    private final StoredShard shard;
    private final MemorySegment source;
    private final MemorySegment destination;
    private final SideHash hash = new SideHash();
    private final AdamW optimizer = new AdamW(0.9f, 0.95f, 1e-8f, 0.1f);
    private GradientBuffer gradient;
    private long sink;
    private final List<SideCopy> arrived = new ArrayList<>();
    private @Nullable CommitRecord adopted;

    Lane(StoredShard shard, Arena arena) {
      this.shard = shard;
      long bytes = shard.range().parameters() * 3 * Float.BYTES;
      this.source = arena.allocate(bytes, 64).fill((byte) 1);
      this.destination = arena.allocate(bytes, 64).fill((byte) 2);
      this.gradient = BenchStore.gradient(shard);
    }

    long parameters() {
      return shard.range().parameters();
    }

    void copy() {
      destination.copyFrom(source);
    }

    /** On two buffers instead of the shard's sides. */
    void step() {
      optimizer.step(
          new AdamW.Scalars(1, 1e-3f, 0.125f),
          state(source),
          state(destination),
          gradient.segment().asSlice(0, parameters() * Float.BYTES),
          List.of());
    }

    private static AdamW.State state(MemorySegment side) {
      long bytes = side.byteSize() / 3;
      return new AdamW.State(
          side.asSlice(0, bytes), side.asSlice(bytes, bytes), side.asSlice(2 * bytes, bytes));
    }

    void hashedStep() {
      BenchStore.step(shard, gradient);
    }

    void add() {
      GradientBuffer other = shard.gradients().acquire();
      gradient = (GradientBuffer) shard.add(gradient, Objects.requireNonNull(other));
    }

    void examine() {
      sink += shard.examine(gradient).hash().prefix();
    }

    void hash() {
      sink += hash.of(source).prefix();
    }

    void hashCached() {
      MemorySegment block = source.asSlice(0, CACHED_BYTES);
      for (int i = 0; i < CACHED_TIMES; i++) {
        sink += hash.of(block).prefix();
      }
    }

    void copyOut() {
      try (SideCopy copy = shard.copyOut(shard.records().getFirst().version())) {
        sink += Objects.requireNonNull(copy).segment().byteSize();
      }
    }

    /** As if the newest version had come from another replica, block by block. */
    void adopt() {
      CommitRecord newest = adopted == null ? shard.records().getFirst() : adopted;
      CopyBlocks blocks = shard.copyBlocks();
      if (adopted == null) {
        adopted = newest;
        for (int block = 0; block < shard.blocks(); block++) {
          arrived.add(blocks.copyOut(block, newest));
        }
      }
      for (int block = 0; block < shard.blocks(); block++) {
        blocks.stage(arrived.get(block).segment());
        shard.takeBlock(block, newest.version());
      }
      if (!shard.seal(newest)) {
        throw new IllegalStateException("a sound copy is a version: record=" + newest);
      }
    }

    /** A rate of something wrong is no rate. */
    void check() {
      CommitRecord record = shard.records().getFirst();
      arrived.forEach(SideCopy::close);
      if (!shard.check(record.version()) || sink == 0) {
        throw new IllegalStateException("a version hashes to its record: record=" + record);
      }
    }
  }
}
