package dev.sampo.parameter;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.sampo.model.ParameterLayout;
import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.optimizer.AdamW;
import dev.sampo.model.optimizer.Muon;
import dev.sampo.model.optimizer.NewtonSchulz;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.GradientFacts;
import dev.sampo.protocol.ShardRange;
import dev.sampo.protocol.shard.ShardMemory;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a step takes from the heap: its record, and nothing for each parameter or block. */
class AllocationTest {
  private static final int MEASURED = 200;

  /** The compiler takes its time on a busy machine: until it is done, a step allocates more. */
  private static final int MOST_WARM_UPS = 200;

  /** The record, its digests and their text, the facts of the gradient, the scalars. */
  private static final long RECORD_BYTES = 4_096;

  private static final GptShape SHAPE = new GptShape(2, 2, 24, 17, 61);

  @TempDir Path folder;

  private static final AdamW ADAMW = new AdamW(0.9f, 0.95f, 1e-8f, 0.1f);

  static List<ShardArithmetic> optimizers() {
    FirstVersion start = Steps.start(SHAPE);
    ParameterLayout layout = SHAPE.layout();
    return List.of(
        new AdamWArithmetic(ADAMW, layout, start),
        new MuonArithmetic(new Muon(0.95f, 0.1f), ADAMW, layout, start, new NewtonSchulz(layout)));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void aStepAllocatesItsRecordOnly(ShardArithmetic arithmetic) {
    StoreGeometry geometry =
        new StoreGeometry(Steps.JOB, ShardRange.cut(SHAPE.layout().total(), 1), 64, 2);
    int blocks = geometry.blocks(geometry.range(0));
    try (ShardStore store =
        ShardStore.open(folder, geometry, new ShardRules(arithmetic, 8, 3, StoreRules.plain()))) {
      StoredShard shard = store.open(0);
      CommitRecord record = shard.initialise();
      ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
      long least = Long.MAX_VALUE;
      for (int round = 0; round < MOST_WARM_UPS && least > RECORD_BYTES; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        record = run(shard, record, MEASURED);
        least = Math.min(least, (threads.getCurrentThreadAllocatedBytes() - before) / MEASURED);
      }
      assertTrue(least <= RECORD_BYTES, "allocatedBytesPerStep=" + least + ", blocks=" + blocks);
    }
  }

  /** What a replica does in a step: two gradients, their sum examined and applied. */
  private static CommitRecord run(StoredShard shard, CommitRecord from, int steps) {
    CommitRecord record = from;
    for (int i = 0; i < steps; i++) {
      ShardMemory.Gradient sum = shard.add(Steps.acquire(shard), Steps.acquire(shard));
      GradientFacts facts = shard.examine(sum);
      record =
          shard.apply(
              Steps.FENCE,
              facts.finite() ? Steps.decision(record.version()) : Steps.skip(record.version()),
              facts.finite() ? sum : null);
      shard.release(sum);
    }
    return record;
  }
}
