package dev.sampo.parameter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.GradientFacts;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredShardTest {
  private static final int LAST = Steps.RANGES.size() - 1;

  @TempDir Path folder;

  private ShardStore store;
  private StoredShard shard;

  @BeforeEach
  void openTheLastShard() {
    store = ShardStore.open(folder.resolve("a"), Steps.geometry(256), Steps.rules());
    shard = store.open(LAST);
  }

  @AfterEach
  void closeTheStore() {
    store.close();
  }

  @Test
  void holdsVersionsTAndTMinus1AndNoOthers() {
    CommitRecord zero = shard.initialise();
    assertEquals(List.of(zero), shard.records());
    CommitRecord one = Steps.apply(shard, 0);
    assertEquals(List.of(one, zero), shard.records());
    CommitRecord two = Steps.apply(shard, 1);
    assertEquals(List.of(two, one), shard.records());
    assertEquals(Steps.FENCE, two.fence());
    assertEquals(Steps.decision(1), two.decision());
    assertNotEquals(one.parameters(), two.parameters());
    assertNotEquals(one.state(), two.state());
  }

  @Test
  void initialStateIsZeroAndInitialisingTwiceIsRefused() {
    CommitRecord zero = shard.initialise();
    try (SideCopy copy = copyOut(shard, 0)) {
      long planeBytes = shard.range().parameters() * Float.BYTES;
      byte[] state = copy.segment().asSlice(planeBytes).toArray(ValueLayout.JAVA_BYTE);
      assertArrayEquals(new byte[Math.toIntExact(2 * planeBytes)], state);
      assertEquals(PlainHash.state(copy.segment(), planeBytes), zero.state());
    }
    assertThrows(IllegalStateException.class, shard::initialise);
  }

  @Test
  void bitsAndDigestsDoNotDependOnTheBlockSize() {
    CommitRecord expected = Steps.applyUntil(shard, 4);
    for (int block : new int[] {16, 48, 1024, 65536}) {
      try (ShardStore other =
          ShardStore.open(folder.resolve("b" + block), Steps.geometry(block), Steps.rules())) {
        CommitRecord record = Steps.applyUntil(other.open(LAST), 4);
        assertEquals(expected, record, "blockParameters=" + block);
      }
    }
  }

  @Test
  void twoReplicasHoldTheSameBits() {
    try (ShardStore other =
        ShardStore.open(folder.resolve("b"), Steps.geometry(256), Steps.rules())) {
      StoredShard replica = other.open(LAST);
      assertTrue(Steps.applyUntil(shard, 3).sameBits(Steps.applyUntil(replica, 3)));
      assertArrayEquals(parameters(shard, 3), parameters(replica, 3));
    }
  }

  @Test
  void digestIsOfTheParametersInOrder() {
    CommitRecord record = Steps.applyUntil(shard, 2);
    assertEquals(PlainHash.of(parameters(shard, 2)), record.parameters());
  }

  @Test
  void skippedStepCopiesAndIsRecordedAsSkipped() {
    CommitRecord one = Steps.applyUntil(shard, 1);
    CommitRecord two = shard.apply(Steps.FENCE, Steps.skip(1), null);
    assertEquals(2, two.version());
    assertTrue(two.decisionOrThrow().skip());
    assertEquals(one.parameters(), two.parameters());
    assertEquals(one.state(), two.state());
    assertArrayEquals(parameters(shard, 1), parameters(shard, 2));
  }

  @Test
  void gradientIsGivenIfAndOnlyIfTheStepIsNotSkipped() {
    shard.initialise();
    GradientBuffer gradient = Steps.gradient(shard, 0);
    assertThrows(
        IllegalArgumentException.class, () -> shard.apply(Steps.FENCE, Steps.decision(0), null));
    assertThrows(
        IllegalArgumentException.class, () -> shard.apply(Steps.FENCE, Steps.skip(0), gradient));
    assertEquals(1, shard.records().size());
  }

  @Test
  void stepFromAVersionThatIsNotHeldIsRefusedAndHarmsNothing() {
    CommitRecord two = Steps.applyUntil(shard, 2);
    GradientBuffer gradient = Steps.gradient(shard, 0);
    assertThrows(
        IllegalStateException.class, () -> shard.apply(Steps.FENCE, Steps.decision(0), gradient));
    assertEquals(two, shard.records().getFirst());
    assertEquals(2, shard.records().size());
  }

  @Test
  void gradientsAddAndAreExamined() {
    GradientBuffer left = Steps.gradient(shard, 0);
    GradientBuffer right = Steps.gradient(shard, 1);
    long last = shard.range().parameters();
    double expectedSquares = 0;
    double expectedLoss = 0;
    for (long i = last; i < shard.range().gradientFloats(); i++) {
      expectedLoss +=
          PlainArithmetic.get(left.segment(), i) + PlainArithmetic.get(right.segment(), i);
    }
    for (long i = 0; i < last; i++) {
      double sum = PlainArithmetic.get(left.segment(), i) + PlainArithmetic.get(right.segment(), i);
      expectedSquares += sum * sum;
    }
    int before = shard.gradients().available();
    GradientBuffer sum = (GradientBuffer) shard.add(left, right);
    assertEquals(before + 1, shard.gradients().available());
    GradientFacts facts = shard.examine(sum);
    assertEquals(expectedSquares, facts.sumSquares(), 1e-3);
    assertTrue(facts.finite());
    assertEquals(expectedLoss, facts.lossSum());
    assertEquals(PlainHash.of(sum.segment().toArray(ValueLayout.JAVA_BYTE)), facts.hash());

    PlainArithmetic.set(sum.segment(), last, Float.NaN);
    GradientFacts broken = shard.examine(sum);
    assertFalse(broken.finite(), "a loss that is no number is seen");
    assertEquals(facts.sumSquares(), broken.sumSquares(), "the loss is no part of the norm");
  }

  @Test
  void onlyTheLastShardCarriesTheLoss() {
    StoredShard first = store.open(0);
    GradientBuffer gradient = Steps.gradient(first, 0);
    assertEquals(first.range().parameters() * Float.BYTES, gradient.segment().byteSize());
    assertEquals(0, first.examine(gradient).lossSum());
    assertThrows(IllegalArgumentException.class, () -> shard.release(gradient));
  }

  @Test
  void aGradientThatWasGivenBackIsRefused() {
    shard.initialise();
    GradientBuffer gradient = Steps.gradient(shard, 0);
    shard.release(gradient);
    assertThrows(IllegalArgumentException.class, () -> shard.examine(gradient));
    assertThrows(
        IllegalArgumentException.class,
        () -> shard.apply(Steps.FENCE, Steps.decision(0), gradient));
    assertEquals(1, shard.records().size(), "and version 0 is still there");
  }

  @Test
  void whatIsBroughtInAheadIsNeverAVersion() {
    try (ShardStore other =
        ShardStore.open(folder.resolve("b"), Steps.geometry(80), Steps.rules())) {
      StoredShard learner = other.open(LAST);
      learner.copyBlocks().bringInAhead(learner.newestRecord());
      assertTrue(Copies.copy(shard, Steps.applyUntil(shard, 2), learner));
      for (long version = 2; version < 5; version++) {
        for (int moment = 0; moment < 100; moment++) {
          learner.copyBlocks().bringInAhead(learner.newestRecord());
        }
        learner
            .records()
            .forEach(held -> assertTrue(learner.check(held.version()), held::toString));
        assertEquals(Steps.apply(shard, version), Steps.apply(learner, version));
      }
      assertEquals(2, learner.records().size());
    }
  }

  @Test
  void copiedSideBecomesTheSameVersionElsewhereAndTrainsOn() {
    CommitRecord three = Steps.applyUntil(shard, 3);
    try (ShardStore other =
            ShardStore.open(folder.resolve("b"), Steps.geometry(80), Steps.rules());
        SideCopy copy = shard.copyBlocks().copyOut(0, three)) {
      // The copy is of version 3, although the side is written again meanwhile.
      Steps.apply(shard, 3);
      Steps.apply(shard, 4);
      StoredShard learner = other.open(LAST);
      Copies.take(copy.segment(), 3, learner, 0);
      assertTrue(learner.seal(three));
      assertEquals(List.of(three), learner.records());
      learner.copyBlocks().releaseStaging();
      Steps.apply(learner, 3);
      assertEquals(shard.records().getFirst(), Steps.apply(learner, 4));
    }
  }

  @Test
  void aCopyOutlivesItsShardAndItsMemoryIsUsedAgain() {
    Steps.applyUntil(shard, 2);
    SideCopy first = copyOut(shard, 2);
    long address = first.segment().address();
    first.close();
    first.close();
    assertThrows(IllegalStateException.class, first::segment);
    try (SideCopy second = copyOut(shard, 2);
        SideCopy third = copyOut(shard, 1)) {
      assertEquals(address, second.segment().address());
      assertNotEquals(address, third.segment().address(), "a copy that is in use is left alone");
      shard.close();
      assertEquals(
          second.record().parameters(),
          new SideHash().of(second.segment().asSlice(0, second.segment().byteSize() / 3)));
    }
  }

  @Test
  void aCorruptCopyIsNoVersionAndCostsNothingButItsSide() {
    CommitRecord two = Steps.applyUntil(shard, 2);
    try (ShardStore other =
            ShardStore.open(folder.resolve("b"), Steps.geometry(256), Steps.rules());
        SideCopy copy = shard.copyBlocks().copyOut(0, two)) {
      StoredShard learner = other.open(LAST);
      CommitRecord one = Steps.applyUntil(learner, 1);
      long bytes = copy.segment().byteSize();
      for (long at : new long[] {0, bytes / 3 + 1, bytes - 1}) {
        flip(copy.segment(), at);
        Copies.take(copy.segment(), 2, learner, 0);
        flip(copy.segment(), at);
        assertFalse(learner.seal(two), "flipped byte " + at);
        assertEquals(List.of(one), learner.records());
      }
      Copies.take(copy.segment(), 2, learner, 0);
      assertTrue(learner.seal(two));
      assertEquals(List.of(two, one), learner.records(), "version 2 takes the place of version 0");
    }
  }

  @Test
  void aBlockIsStagedBeforeItIsTaken() {
    assertThrows(IllegalStateException.class, () -> shard.takeBlock(0, 4));
  }

  @Test
  void parametersAreReadOnlyWhereTheyLieAndCopiedWhereTheyMustStay() {
    Steps.applyUntil(shard, 3);
    assertEquals(List.of(), shard.parameters(1));
    assertNull(shard.copyOut(1));
    assertNull(shard.record(1));
    List<MemorySegment> slices = shard.parameters(2);
    assertTrue(slices.stream().allMatch(MemorySegment::isReadOnly));
    long bytes = slices.stream().mapToLong(MemorySegment::byteSize).sum();
    assertEquals(shard.range().parameters() * Float.BYTES, bytes);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment to = arena.allocate(bytes, 64);
      assertFalse(shard.copyParameters(1, to));
      assertTrue(shard.copyParameters(2, to));
      long at = 0;
      for (MemorySegment slice : slices) {
        assertEquals(-1, slice.mismatch(to.asSlice(at, slice.byteSize())), "offset=" + at);
        at += slice.byteSize();
      }
      assertThrows(
          IllegalArgumentException.class,
          () -> shard.copyParameters(2, to.asSlice(0, bytes - Float.BYTES)));
    }
  }

  @Test
  void forgettingOutlivesARestart() {
    Steps.applyUntil(shard, 2);
    shard.forget();
    assertEquals(List.of(), shard.records());
    shard.close();
    shard = store.open(LAST);
    assertEquals(List.of(), shard.records());
    assertEquals(0, shard.initialise().version());
  }

  @Test
  void touchingAClosedShardThrowsAndDoesNotCrash() {
    Steps.applyUntil(shard, 1);
    MemorySegment slice = shard.parameters(1).getFirst();
    GradientBuffer gradient = Steps.gradient(shard, 1);
    MemorySegment staging = shard.copyBlocks().staging().getFirst();
    shard.close();
    assertThrows(IllegalStateException.class, () -> PlainArithmetic.get(slice, 0));
    assertThrows(IllegalStateException.class, () -> PlainArithmetic.get(gradient.segment(), 0));
    assertThrows(IllegalStateException.class, () -> PlainArithmetic.get(staging, 0));
    assertThrows(IllegalStateException.class, () -> shard.parameters(1));
    assertThrows(
        IllegalStateException.class, () -> shard.apply(Steps.FENCE, Steps.decision(1), gradient));
    assertThrows(IllegalStateException.class, shard::forget);
  }

  static SideCopy copyOut(StoredShard shard, long version) {
    SideCopy copy = shard.copyOut(version);
    assertNotNull(copy);
    return copy;
  }

  static void flip(MemorySegment bytes, long at) {
    bytes.set(ValueLayout.JAVA_BYTE, at, (byte) (bytes.get(ValueLayout.JAVA_BYTE, at) ^ 1));
  }

  static Digest digest(char hex) {
    return new Digest(String.valueOf(hex).repeat(64));
  }

  private static byte[] parameters(StoredShard shard, long version) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment to = arena.allocate(shard.range().parameters() * Float.BYTES, 64);
      assertTrue(shard.copyParameters(version, to));
      return to.toArray(ValueLayout.JAVA_BYTE);
    }
  }
}
