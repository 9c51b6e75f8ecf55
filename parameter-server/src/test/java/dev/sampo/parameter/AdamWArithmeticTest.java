package dev.sampo.parameter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.model.ParameterLayout;
import dev.sampo.model.Range;
import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.optimizer.AdamW;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.ShardRange;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Shards of a real model train it as one flat vector would be trained. */
class AdamWArithmeticTest {
  private static final int SHARDS = 3;
  private static final int STEPS = 3;

  private final GptShape shape = new GptShape(2, 2, 24, 17, 61);
  private final ParameterLayout layout = shape.layout();
  private final AdamW optimizer = new AdamW(0.9f, 0.95f, 1e-8f, 0.1f);
  private final AdamWArithmetic arithmetic =
      new AdamWArithmetic(optimizer, layout, Steps.start(shape));
  private final List<ShardRange> ranges = ShardRange.cut(layout.total(), SHARDS);

  @TempDir Path folder;

  @Test
  void shardsInBlocksGiveTheBitsOfOneFlatVector() {
    try (Arena arena = Arena.ofConfined()) {
      AdamW.State flat = trainedFlat(arena);
      for (int block : new int[] {16, 208, 65536}) {
        StoreGeometry geometry = new StoreGeometry(Steps.JOB, ranges, block, 2);
        try (ShardStore store =
            ShardStore.open(
                folder.resolve("b" + block),
                geometry,
                new ShardRules(arithmetic, 8, 2, StoreRules.plain()))) {
          for (ShardRange range : ranges) {
            StoredShard shard = store.open(range.shard());
            CommitRecord record = train(shard);
            assertEquals(
                new SideHash().of(part(flat.parameters(), range)),
                record.parameters(),
                "block=" + block + ", range=" + range);
          }
        }
      }
    }
  }

  @Test
  void kernelsAgreeWithThePlainOnes() {
    PlainArithmetic plain = new PlainArithmetic(Steps.SEED);
    try (Arena arena = Arena.ofConfined()) {
      for (long n : new long[] {1, 7, 16, 33, 1000}) {
        MemorySegment left = arena.allocate(n * Float.BYTES, 64);
        MemorySegment right = arena.allocate(n * Float.BYTES, 64);
        MemorySegment expected = arena.allocate(n * Float.BYTES, 64);
        PlainArithmetic.fillNoise(n, left);
        PlainArithmetic.fillNoise(n + 1, right);
        expected.copyFrom(left);
        plain.add(expected, right);
        arithmetic.add(left, right);
        assertEquals(-1, expected.mismatch(left), "n=" + n);
        double squares = plain.sumSquares(expected);
        assertEquals(squares, arithmetic.sumSquares(left), 1e-12 * squares, "n=" + n);
        assertTrue(arithmetic.finite(left));
        PlainArithmetic.set(left, n - 1, Float.POSITIVE_INFINITY);
        assertEquals(plain.finite(left), arithmetic.finite(left), "n=" + n);
      }
    }
  }

  private AdamW.State trainedFlat(Arena arena) {
    AdamW.State from = state(arena);
    AdamW.State to = state(arena);
    shape.initialiser().fill(Steps.SEED, 0, layout.total(), from.parameters());
    List<Range> decayed = layout.decayed(0, layout.total());
    MemorySegment gradient = arena.allocate(layout.total() * Float.BYTES, 64);
    for (int step = 0; step < STEPS; step++) {
      PlainArithmetic.fillNoise(step, gradient);
      optimizer.step(
          new AdamW.Scalars(
              step + 1,
              (float) Steps.decision(step).learningRate(),
              (float) (Steps.decision(step).clipScale() / 8)),
          from,
          to,
          gradient,
          decayed);
      AdamW.State swapped = from;
      from = to;
      to = swapped;
    }
    return from;
  }

  private CommitRecord train(StoredShard shard) {
    CommitRecord record = shard.initialise();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment whole = arena.allocate(layout.total() * Float.BYTES, 64);
      for (int step = 0; step < STEPS; step++) {
        PlainArithmetic.fillNoise(step, whole);
        GradientBuffer gradient = Steps.acquire(shard);
        MemorySegment.copy(
            part(whole, shard.range()),
            0,
            gradient.parameters(),
            0,
            gradient.parameters().byteSize());
        record = shard.apply(Steps.FENCE, Steps.decision(step), gradient);
        shard.release(gradient);
      }
    }
    return record;
  }

  private AdamW.State state(Arena arena) {
    long bytes = layout.total() * Float.BYTES;
    return new AdamW.State(
        arena.allocate(bytes, 64), arena.allocate(bytes, 64), arena.allocate(bytes, 64));
  }

  private static MemorySegment part(MemorySegment flat, ShardRange range) {
    long bytes = ValueLayout.JAVA_FLOAT.byteSize();
    return flat.asSlice(range.first() * bytes, range.parameters() * bytes);
  }
}
