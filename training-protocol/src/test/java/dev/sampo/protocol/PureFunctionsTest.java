package dev.sampo.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Ranges, schedules, fences and digests. */
class PureFunctionsTest {
  @Test
  void shardsCutTheParametersIntoNeighbouringAlignedRanges() {
    for (int shards = 1; shards <= 20; shards++) {
      for (long total = shards * 16L; total < 3_000; total += 37) {
        List<ShardRange> ranges = ShardRange.cut(total, shards);
        long at = 0;
        for (ShardRange range : ranges) {
          assertEquals(at, range.first());
          assertEquals(0, range.first() % ShardRange.ALIGNMENT);
          assertTrue(range.parameters() > 0, "empty: total=" + total + ", shards=" + shards);
          assertEquals(range.shard() == shards - 1, range.carriesLoss());
          assertEquals(
              range.parameters() + (range.carriesLoss() ? ShardRange.LOSS_FLOATS : 0),
              range.gradientFloats());
          at += range.parameters();
        }
        assertEquals(total, at);
        assertEquals(shards, ranges.size());
      }
    }
    assertThrows(IllegalArgumentException.class, () -> ShardRange.cut(31, 2));
  }

  @Test
  void theLearningRateWarmsUpThenFallsToItsFloor() {
    LearningRate rate = new LearningRate(1.0, 0.1, 4, 20);
    assertEquals(0.25, rate.at(0));
    assertEquals(1.0, rate.at(3));
    assertEquals(1.0, rate.at(4));
    assertEquals(0.55, rate.at(12), 1e-12);
    assertEquals(0.1, rate.at(20));
    assertEquals(0.1, rate.at(1_000_000));
    for (long step = 4; step < 20; step++) {
      assertTrue(rate.at(step + 1) < rate.at(step), "step=" + step);
    }
    assertEquals(1.0, new LearningRate(1.0, 1.0, 0, 0).at(0));
    assertThrows(IllegalArgumentException.class, () -> new LearningRate(0, 0, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new LearningRate(1, 2, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> new LearningRate(1, 0, 5, 4));
  }

  @Test
  void aStableRateHoldsItsPeakUntilItsLastStepsFall() {
    for (LearningRate.Curve curve : LearningRate.Curve.values()) {
      LearningRate rate = new LearningRate(1.0, 0.1, 4, 12, 20, curve);
      for (long step = 3; step <= 12; step++) {
        assertEquals(1.0, rate.at(step), "step=" + step + ", curve=" + curve);
      }
      for (long step = 12; step < 20; step++) {
        assertTrue(rate.at(step + 1) < rate.at(step), "step=" + step + ", curve=" + curve);
      }
      assertEquals(0.1, rate.at(20), "curve=" + curve);
      assertEquals(0.1, rate.at(1_000_000), "curve=" + curve);
    }
    assertEquals(0.55, stable(LearningRate.Curve.LINEAR).at(16), 1e-12);
    assertEquals(0.55, stable(LearningRate.Curve.MINUS_SQRT).at(14), 1e-12);
    assertEquals(0.55, stable(LearningRate.Curve.COSINE).at(16), 1e-12);
    LearningRate cosine = new LearningRate(1.0, 0.1, 4, 20);
    assertEquals(cosine, new LearningRate(1.0, 0.1, 4, 4, 20, LearningRate.Curve.COSINE));
    assertThrows(
        IllegalArgumentException.class,
        () -> new LearningRate(1, 0, 5, 4, 9, LearningRate.Curve.LINEAR));
    assertThrows(
        IllegalArgumentException.class,
        () -> new LearningRate(1, 0, 5, 10, 9, LearningRate.Curve.LINEAR));
  }

  private static LearningRate stable(LearningRate.Curve curve) {
    return new LearningRate(1.0, 0.1, 4, 12, 20, curve);
  }

  @Test
  void fencesAreOrderedByGenerationThenTermThenNumber() {
    Term low = new Term(1, Examples.B);
    Term high = new Term(2, Examples.A);
    List<Fence> rising =
        List.of(
            new Fence(0, low, 1),
            new Fence(0, low, 9),
            new Fence(0, high, 1),
            new Fence(0, new Term(2, Examples.B), 0),
            new Fence(1, low, 0));
    for (int i = 1; i < rising.size(); i++) {
      assertTrue(rising.get(i - 1).isBelow(rising.get(i)), "i=" + i);
      assertFalse(rising.get(i).isBelow(rising.get(i - 1)), "i=" + i);
    }
  }

  @Test
  void aMessageForOneLifeDoesNotReachAnother() {
    assertTrue(Examples.A1.means(Examples.A1));
    assertFalse(Examples.A1.means(Examples.A2));
    assertTrue(Member.anyOf(Examples.A).means(Examples.A2));
    assertFalse(Member.anyOf(Examples.B).means(Examples.A2));
  }

  @Test
  void clipsOnlyNormsAboveTheLimit() {
    JobSpec free = Examples.job(1);
    assertEquals(1.0, free.clipScale(1e9));
    JobSpec clipped =
        new JobSpec(
            free.id(),
            "",
            1,
            0,
            1,
            1,
            1,
            free.learningRate(),
            2.0,
            1,
            false,
            SnapshotRule.NONE,
            EvaluationRule.NONE,
            AuditRule.NONE);
    assertEquals(1.0, clipped.clipScale(2.0));
    assertEquals(0.5, clipped.clipScale(4.0));
  }

  @Test
  void digestsSpeakForTheirPartsInOrder() {
    Digest one = Digest.ofText("one");
    Digest two = Digest.ofText("two");
    assertEquals(Digest.over(List.of(one, two)), Digest.over(List.of(one, two)));
    assertNotEquals(Digest.over(List.of(one, two)), Digest.over(List.of(two, one)));
    assertEquals(Long.parseUnsignedLong(one.hex().substring(0, 16), 16), one.prefix());
    assertThrows(IllegalArgumentException.class, () -> new Digest("00"));
    assertThrows(IllegalArgumentException.class, () -> new JobId("XYZ"));
    assertEquals(0xaaL, Examples.job(1).id().bits());
  }

  /** Trace 7: what a process forgot by dying its successor cannot be asked to honour. */
  @Test
  void aMessageForAFormerLifeIsNotForThePresentOne() {
    assertFalse(Examples.A1.means(Examples.A2));
    assertTrue(Examples.A2.means(Examples.A2));
    assertTrue(Member.anyOf(Examples.A).means(Examples.A2), "voters keep their state on disk");
  }
}
