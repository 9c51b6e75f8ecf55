package dev.sampo.parameter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.device.FloatVectors;
import dev.sampo.device.Precision;
import dev.sampo.parameter.snapshot.Manifest;
import dev.sampo.parameter.snapshot.ShardPart;
import dev.sampo.parameter.snapshot.SnapshotFolder;
import dev.sampo.protocol.CommitRecord;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A shard of a job that computes in bf16: workers see rounded parameters, the shard keeps all. */
class RoundedParametersTest {
  private static final long BITS_BELOW_BF16 = 0xFFFF;

  @TempDir Path folder;

  private final Arena arena = Arena.ofConfined();
  private ShardStore store;
  private StoredShard shard;

  @BeforeEach
  void open() {
    store = ShardStore.open(folder.resolve("a"), Steps.geometry(256), rules());
    shard = store.open(0);
  }

  @AfterEach
  void close() {
    store.close();
    arena.close();
  }

  private static ShardRules rules() {
    return new ShardRules(
        new PlainArithmetic(Steps.SEED), Precision.BF16, Steps.SLOTS, 4, StoreRules.plain());
  }

  private MemorySegment given(StoredShard by, long version) {
    MemorySegment to = arena.allocate(by.range().parameters() * Float.BYTES, Long.BYTES);
    assertTrue(by.copyParameters(version, to));
    return to;
  }

  @Test
  void workersAreGivenWhatTheDigestIsOf() {
    CommitRecord record = Steps.applyUntil(shard, 2);
    MemorySegment rounded = given(shard, 2);
    assertEquals(record.parameters(), new SideHash().of(rounded));
    for (long i = 0; i < shard.range().parameters(); i++) {
      assertEquals(0, rounded.getAtIndex(ValueLayout.JAVA_INT, i) & BITS_BELOW_BF16, "i=" + i);
    }
  }

  @Test
  void stepsGoOnFromTheParametersThatWereNotRounded() {
    Steps.applyUntil(shard, 3);
    try (ShardStore exact =
            ShardStore.open(folder.resolve("b"), Steps.geometry(256), Steps.rules());
        SideCopy copy = StoredShardTest.copyOut(shard, 3)) {
      StoredShard plain = exact.open(0);
      CommitRecord record = Steps.applyUntil(plain, 3);
      try (SideCopy wanted = StoredShardTest.copyOut(plain, 3)) {
        assertArrayEquals(
            wanted.segment().toArray(ValueLayout.JAVA_BYTE),
            copy.segment().toArray(ValueLayout.JAVA_BYTE));
      }
      MemorySegment rounded = given(plain, 3);
      assertEquals(record.parameters(), new SideHash().of(rounded));
      FloatVectors.roundToBf16(rounded, rounded);
      assertEquals(copy.record().parameters(), new SideHash().of(rounded));
    }
  }

  @Test
  void aBitThatNoWorkerSeesIsStillOneOfTheRecords() {
    CommitRecord record = Steps.applyUntil(shard, 1);
    SideHash hash = new SideHash(Precision.BF16);
    long planeBytes = shard.range().parameters() * Float.BYTES;
    try (SideCopy copy = StoredShardTest.copyOut(shard, 1)) {
      MemorySegment side = copy.segment();
      int lowest = side.get(ValueLayout.JAVA_INT, 0) ^ 1;
      side.set(ValueLayout.JAVA_INT, 0, lowest);
      SideHash.SideDigests changed = hash.ofSide(side, planeBytes);
      assertEquals(record.parameters(), changed.parameters());
      assertNotEquals(record.state(), changed.state());
    }
  }

  @Test
  void aReplicaAdoptsACopyWithAllItsBits() {
    CommitRecord record = Steps.applyUntil(shard, 2);
    try (ShardStore other = ShardStore.open(folder.resolve("b"), Steps.geometry(1024), rules())) {
      StoredShard replica = other.open(0);
      assertTrue(Copies.copy(shard, record, replica));
      assertTrue(Steps.apply(shard, 2).sameBits(Steps.apply(replica, 2)));
    }
  }

  @Test
  void aStoreIsFoundAgainAfterItWasClosed() {
    CommitRecord record = Steps.applyUntil(shard, 2);
    store.close();
    store = ShardStore.open(folder.resolve("a"), Steps.geometry(256), rules());
    shard = store.open(0);
    assertEquals(record, shard.newestRecord());
  }

  @Test
  void aSnapshotHoldsTheParametersThatWereNotRounded() {
    SnapshotFolder snapshots = new SnapshotFolder(folder.resolve("snapshots"));
    List<ShardPart> parts = new ArrayList<>();
    List<CommitRecord> records = new ArrayList<>();
    for (StoredShard each : List.of(shard, store.open(1))) {
      records.add(Steps.applyUntil(each, 2));
      try (SideCopy copy = StoredShardTest.copyOut(each, 2)) {
        parts.add(snapshots.write(Steps.JOB, each.range(), copy));
      }
    }
    snapshots.publish(
        new Manifest(
            Steps.JOB,
            "recipe",
            2,
            2L * Steps.SLOTS,
            Steps.FENCE,
            Steps.decision(1),
            Precision.BF16,
            2,
            parts));
    try (ShardStore other = ShardStore.open(folder.resolve("b"), Steps.geometry(256), rules());
        var snapshot = snapshots.open(2)) {
      assertEquals(Precision.BF16, snapshot.manifest().precision());
      assertEquals(records.getFirst(), snapshot.restore(other.open(0), Steps.FENCE));
    }
  }
}
