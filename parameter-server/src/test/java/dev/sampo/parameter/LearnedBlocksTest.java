package dev.sampo.parameter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.device.Precision;
import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.optimizer.AdamW;
import dev.sampo.model.optimizer.Muon;
import dev.sampo.model.optimizer.NewtonSchulz;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.ShardRange;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Blocks that were copied at unlike versions, and stepped since, are the version of the others. */
class LearnedBlocksTest {
  private static final GptShape SHAPE = new GptShape(2, 2, 22, 17, 61);

  @TempDir Path folder;

  static Stream<Arguments> jobs() {
    AdamW adamW = new AdamW(0.9f, 0.95f, 1e-8f, 0.1f);
    FirstVersion start = Steps.start(SHAPE);
    ShardArithmetic elementwise = new AdamWArithmetic(adamW, SHAPE.layout(), start);
    ShardArithmetic muon =
        new MuonArithmetic(
            new Muon(0.95f, 0.1f), adamW, SHAPE.layout(), start, new NewtonSchulz(SHAPE.layout()));
    return Stream.of(
        Arguments.of("AdamW", elementwise, Precision.F32, ShardRange.cut(total(), 2)),
        Arguments.of("AdamW, bf16", elementwise, Precision.BF16, ShardRange.cut(total(), 2)),
        Arguments.of("Muon", muon, Precision.F32, ShardPlan.ofWholeMatrices(SHAPE.layout(), 2)));
  }

  private static long total() {
    return SHAPE.layout().total();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("jobs")
  void aCopyBesideStepsIsTheOwnersVersion(
      String name, ShardArithmetic arithmetic, Precision precision, List<ShardRange> ranges) {
    StoreGeometry geometry = new StoreGeometry(new JobId("0123456789abcdef"), ranges, 16, 2);
    ShardRules rules = new ShardRules(arithmetic, precision, Steps.SLOTS, 4, StoreRules.plain());
    try (ShardStore mine = ShardStore.open(folder.resolve("a"), geometry, rules);
        ShardStore others = ShardStore.open(folder.resolve("b"), geometry, rules)) {
      for (ShardRange range : ranges) {
        StoredShard owner = mine.open(range.shard());
        StoredShard learner = others.open(range.shard());
        assertEquals(owner.blocks(), learner.blocks());
        assertTrue(owner.blocks() > 2, "blocks=" + owner.blocks());
        learnBesideSteps(owner, learner);
      }
    }
  }

  /** Block b is copied at version 2 + b % 3, so that some are older than others in both sides. */
  private static void learnBesideSteps(StoredShard owner, StoredShard learner) {
    CommitRecord record = Steps.applyUntil(owner, 2);
    for (long version = 2; version < 5; version++) {
      for (int block = 0; block < learner.blocks(); block++) {
        if (2 + block % 3 == version) {
          Copies.copyBlock(owner, record, learner, block);
        }
      }
      assertFalse(learner.seal(record) && version < 4, "some blocks are not here yet");
      boolean skip = version == 3;
      GradientBuffer gradient = Steps.gradient(owner, version);
      GradientBuffer fed = Steps.gradient(learner, version);
      record =
          owner.apply(
              Steps.FENCE,
              skip ? Steps.skip(version) : Steps.decision(version),
              skip ? null : gradient);
      for (int block = 0; block < learner.blocks(); block++) {
        if (2 + block % 3 <= version) {
          learner.stepBlock(block, record.decisionOrThrow(), skip ? null : fed);
        }
      }
      gradient.release();
      fed.release();
    }
    assertTrue(learner.seal(record));
    assertEquals(record, learner.newestRecord());
    assertTrue(Steps.apply(owner, 5).sameBits(Steps.apply(learner, 5)));
  }
}
