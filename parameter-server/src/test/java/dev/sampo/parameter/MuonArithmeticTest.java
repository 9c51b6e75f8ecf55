package dev.sampo.parameter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.device.Precision;
import dev.sampo.model.ParameterLayout;
import dev.sampo.model.ParameterTensor;
import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.optimizer.AdamW;
import dev.sampo.model.optimizer.Muon;
import dev.sampo.model.optimizer.MuonTensor;
import dev.sampo.model.optimizer.NewtonSchulz;
import dev.sampo.model.optimizer.Sgd;
import dev.sampo.parameter.snapshot.Manifest;
import dev.sampo.parameter.snapshot.ShardPart;
import dev.sampo.parameter.snapshot.Snapshot;
import dev.sampo.parameter.snapshot.SnapshotFolder;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.ShardRange;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Shards of a real model train it as each of its tensors alone would be trained. */
class MuonArithmeticTest {
  private static final int STEPS = 3;
  private static final Muon MUON = new Muon(0.95f, 0.1f);
  private static final AdamW REST = new AdamW(0.9f, 0.95f, 1e-8f, 0.1f);

  /** Rows that are no whole vectors, so that blocks cut them anywhere. */
  private final GptShape shape = new GptShape(2, 2, 22, 17, 61);

  private final ParameterLayout layout = shape.layout();
  private final MuonArithmetic arithmetic =
      new MuonArithmetic(MUON, REST, layout, Steps.start(shape), new NewtonSchulz(layout));

  @TempDir Path folder;

  /** One version of one tensor, or of all of them, each where its shard's side has it. */
  private record Flat(MemorySegment parameters, MemorySegment mean, MemorySegment square) {
    static Flat allocate(Arena arena, long n) {
      return new Flat(arena.allocate(4 * n, 64), arena.allocate(4 * n, 64), arena.allocate(4 * n));
    }

    Flat part(long first, long n) {
      return new Flat(
          parameters.asSlice(4 * first, 4 * n),
          mean.asSlice(4 * first, 4 * n),
          square.asSlice(4 * first, 4 * n));
    }

    Sgd.State velocity() {
      return new Sgd.State(parameters, mean);
    }

    AdamW.State moments() {
      return new AdamW.State(parameters, mean, square);
    }
  }

  private Flat trainedAlone(Arena arena) {
    Flat from = Flat.allocate(arena, layout.total());
    Flat to = Flat.allocate(arena, layout.total());
    Steps.start(shape).fill(0, layout.total(), from.parameters());
    MemorySegment gradient = arena.allocate(layout.total() * Float.BYTES, 64);
    for (int step = 0; step < STEPS; step++) {
      PlainArithmetic.fillNoise(step, gradient);
      float rate = (float) Steps.decision(step).learningRate();
      float scale = (float) (Steps.decision(step).clipScale() / 8);
      for (ParameterTensor tensor : layout.tensors()) {
        Flat before = from.part(tensor.offset(), tensor.elements());
        Flat after = to.part(tensor.offset(), tensor.elements());
        MemorySegment its = gradient.asSlice(4 * tensor.offset(), 4 * tensor.elements());
        if (tensor.matrices() > 0) {
          Muon.Piece whole = new Muon.Piece(before.velocity(), after.velocity(), 0, 0);
          MuonTensor alone = new MuonTensor(MUON, new NewtonSchulz(layout), tensor, List.of(whole));
          alone.turn(its, scale);
          alone.move(0, rate);
        } else {
          REST.step(
              new AdamW.Scalars(step + 1, rate, scale),
              before.moments(),
              after.moments(),
              its,
              layout.decayed(tensor.offset(), tensor.end()));
        }
      }
      Flat swapped = from;
      from = to;
      to = swapped;
    }
    return from;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 7})
  void shardsInBlocksGiveTheBitsOfEachTensorAlone(int shards) {
    List<ShardRange> ranges = ShardPlan.ofWholeMatrices(layout, shards);
    try (Arena arena = Arena.ofConfined()) {
      Flat alone = trainedAlone(arena);
      for (int block : new int[] {16, 208, 65536}) {
        try (ShardStore store = open("b" + block, ranges, block)) {
          for (ShardRange range : ranges) {
            StoredShard shard = store.open(range.shard());
            CommitRecord record = train(shard);
            Flat its = alone.part(range.first(), range.parameters());
            assertEquals(new SideHash().of(its.parameters()), record.parameters(), "" + range);
            try (SideCopy copy = StoredShardTest.copyOut(shard, STEPS)) {
              long bytes = its.mean().byteSize();
              assertEquals(-1, its.mean().mismatch(copy.segment().asSlice(bytes, bytes)));
              assertEquals(-1, its.square().mismatch(copy.segment().asSlice(2 * bytes, bytes)));
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 16})
  void threadsThatStepShardsAtOnceChangeNoBit(int threads)
      throws InterruptedException, ExecutionException {
    List<ShardRange> ranges = ShardPlan.ofWholeMatrices(layout, 5);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try (Arena arena = Arena.ofConfined();
        ShardStore store = open("t" + threads, ranges, 64)) {
      Flat alone = trainedAlone(arena);
      List<Future<CommitRecord>> records = new ArrayList<>();
      for (ShardRange range : ranges) {
        StoredShard shard = store.open(range.shard());
        records.add(pool.submit(() -> train(shard)));
      }
      for (ShardRange range : ranges) {
        Flat its = alone.part(range.first(), range.parameters());
        assertEquals(
            new SideHash().of(its.parameters()),
            records.get(range.shard()).get().parameters(),
            "threads=" + threads + ", range=" + range);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void whatASideHeldBeforeDoesNotShow() {
    List<ShardRange> ranges = ShardPlan.ofWholeMatrices(layout, 1);
    try (ShardStore store = open("dirty", ranges, 64);
        ShardStore clean = open("clean", ranges, 64)) {
      StoredShard shard = store.open(0);
      CommitRecord first = train(shard);
      try (SideCopy copy = shard.copyBlocks().copyOut(0, first)) {
        shard.forget();
        Copies.take(copy.segment(), first.version(), shard, 0);
        assertTrue(shard.seal(first));
      }
      // Both sides hold old bytes now, of which a fresh start must not see any.
      shard.forget();
      assertEquals(train(clean.open(0)), train(shard));
    }
  }

  @Test
  void aSnapshotHoldsAllThatTheNextStepNeeds() throws IOException {
    List<ShardRange> ranges = ShardPlan.ofWholeMatrices(layout, 2);
    SnapshotFolder snapshots = new SnapshotFolder(folder.resolve("snapshots"));
    List<ShardPart> parts = new ArrayList<>();
    try (ShardStore store = open("a", ranges, 64);
        ShardStore other = open("b", ranges, 256)) {
      List<StoredShard> shards = ranges.stream().map(range -> store.open(range.shard())).toList();
      for (StoredShard shard : shards) {
        train(shard);
        try (SideCopy copy = StoredShardTest.copyOut(shard, STEPS)) {
          parts.add(snapshots.write(Steps.JOB, shard.range(), copy));
        }
      }
      snapshots.publish(
          new Manifest(
              Steps.JOB,
              "recipe",
              STEPS,
              STEPS * 8L,
              Steps.FENCE,
              Steps.decision(STEPS - 1),
              Precision.F32,
              arithmetic.stateFloats(),
              parts));
      try (Snapshot snapshot = snapshots.open(STEPS)) {
        for (StoredShard shard : shards) {
          StoredShard restored = other.open(shard.range().shard());
          snapshot.restore(restored, Steps.FENCE);
          assertTrue(Steps.apply(shard, STEPS).sameBits(Steps.apply(restored, STEPS)));
        }
      }
    }
  }

  @Test
  void refusesShardsThatCutAMatrix() {
    List<ShardRange> ranges = ShardRange.cut(layout.total(), 5);
    try (ShardStore store = open("cut", ranges, 64)) {
      IllegalArgumentException refusal =
          assertThrows(
              IllegalArgumentException.class,
              () -> {
                for (ShardRange range : ranges) {
                  store.open(range.shard());
                }
              });
      assertTrue(
          String.valueOf(refusal.getMessage()).startsWith("Muon takes whole tensors"),
          refusal::toString);
    }
  }

  @Test
  void isNotAdamW() {
    List<ShardRange> ranges = ShardPlan.ofWholeMatrices(layout, 1);
    try (ShardStore store = open("muon", ranges, 64);
        ShardStore other =
            ShardStore.open(
                folder.resolve("adamw"),
                new StoreGeometry(Steps.JOB, ranges, 64, 2),
                new ShardRules(
                    new AdamWArithmetic(REST, layout, Steps.start(shape)),
                    8,
                    2,
                    StoreRules.plain()))) {
      assertNotEquals(train(store.open(0)).parameters(), train(other.open(0)).parameters());
    }
  }

  private ShardStore open(String name, List<ShardRange> ranges, int block) {
    return ShardStore.open(
        folder.resolve(name),
        new StoreGeometry(Steps.JOB, ranges, block, arithmetic.stateFloats()),
        new ShardRules(arithmetic, 8, 2, StoreRules.plain()));
  }

  private CommitRecord train(StoredShard shard) {
    CommitRecord record = shard.initialise();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment whole = arena.allocate(layout.total() * Float.BYTES, 64);
      for (int step = 0; step < STEPS; step++) {
        PlainArithmetic.fillNoise(step, whole);
        GradientBuffer gradient = Steps.acquire(shard);
        long bytes = gradient.parameters().byteSize();
        MemorySegment.copy(whole, 4 * shard.range().first(), gradient.parameters(), 0, bytes);
        record = shard.apply(Steps.FENCE, Steps.decision(step), gradient);
        shard.release(gradient);
      }
    }
    return record;
  }
}
