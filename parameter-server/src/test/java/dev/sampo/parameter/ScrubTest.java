package dev.sampo.parameter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.CommitRecord;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScrubTest {
  private static final StoreGeometry GEOMETRY = Steps.geometry(64);
  private static final long BLOCK_BYTES = GEOMETRY.blockBytes();

  @TempDir Path folder;

  private ShardStore store;
  private StoredShard shard;
  private CommitRecord four;
  private CommitRecord five;
  private int blocks;

  @BeforeEach
  void train() {
    store = ShardStore.open(folder.resolve("a"), GEOMETRY, Steps.rules());
    shard = store.open(0);
    five = Steps.applyUntil(shard, 5);
    four = shard.records().getLast();
    blocks = GEOMETRY.blocks(GEOMETRY.range(0));
  }

  @AfterEach
  void closeTheStore() {
    store.close();
  }

  @Test
  void soundSidesStayVersions() {
    for (int round = 0; round < 5 * blocks; round++) {
      assertEquals(Optional.empty(), shard.scrub(BLOCK_BYTES));
    }
    assertEquals(Optional.empty(), shard.scrub(Duration.ofSeconds(1)));
    assertEquals(List.of(five, four), shard.records());
    assertEquals(-1, shard.damaged());
    assertTrue(shard.check(5) && shard.check(4));
    assertFalse(shard.check(3), "which is not held");
  }

  @Test
  void aFlippedByteIsFoundWithinOneRoundAndHealsFromAnotherReplica() throws IOException {
    try (ShardStore other = ShardStore.open(folder.resolve("b"), GEOMETRY, Steps.rules())) {
      StoredShard replica = other.open(0);
      Steps.applyUntil(replica, 5);
      flipAByteOf(5);
      assertEquals(Optional.of(five), scrubAtMost(2 * blocks));
      assertEquals(List.of(four), shard.records(), "the side is no version any more");
      assertEquals(5, shard.damaged());
      assertTrue(Copies.copy(replica, five, shard));
      assertEquals(List.of(five, four), shard.records());
      assertEquals(Optional.empty(), scrubAtMost(4 * blocks));
      assertEquals(Steps.apply(replica, 5), Steps.apply(shard, 5));
    }
  }

  @Test
  void aFlippedByteInTheOlderSideIsFoundToo() throws IOException {
    flipAByteOf(4);
    assertEquals(Optional.of(four), scrubAtMost(2 * blocks));
    assertEquals(List.of(five), shard.records());
    assertNull(shard.record(4));
  }

  @Test
  void aSideThatAStepRewritesMeanwhileIsBegunAnew() throws IOException {
    for (int round = 0; round < blocks / 2; round++) {
      assertEquals(Optional.empty(), shard.scrub(BLOCK_BYTES));
    }
    Steps.apply(shard, 5);
    CommitRecord seven = Steps.apply(shard, 6);
    assertEquals(Optional.empty(), scrubAtMost(3 * blocks));
    flipAByteOf(7);
    assertEquals(Optional.of(seven), scrubAtMost(3 * blocks));
  }

  @Test
  void anEmptyMemoryHasNothingToScrub() {
    shard.forget();
    assertEquals(Optional.empty(), shard.scrub(BLOCK_BYTES));
  }

  @Test
  void aCheckFindsItAtOnce() throws IOException {
    flipAByteOf(5);
    assertFalse(shard.check(5));
    assertEquals(List.of(four), shard.records());
  }

  private Optional<CommitRecord> scrubAtMost(int times) {
    for (int round = 0; round < times; round++) {
      Optional<CommitRecord> found = shard.scrub(BLOCK_BYTES);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /** In the file, beside the mapping, as a bad disk or cell would. */
  private void flipAByteOf(long version) throws IOException {
    byte[] wanted;
    try (SideCopy copy = StoredShardTest.copyOut(shard, version)) {
      wanted = copy.segment().asSlice(512 * Float.BYTES, 256).toArray(ValueLayout.JAVA_BYTE);
    }
    Path blocksFile = folder.resolve("a").resolve("shard-000.blocks");
    try (RandomAccessFile file = new RandomAccessFile(blocksFile.toFile(), "rw")) {
      byte[] all = new byte[Math.toIntExact(file.length())];
      file.readFully(all);
      int at = find(all, wanted);
      file.seek(at + 77);
      file.write(all[at + 77] ^ 0x10);
    }
  }

  private static int find(byte[] all, byte[] wanted) {
    ByteBuffer pattern = ByteBuffer.wrap(wanted);
    for (int at = 0; at + wanted.length <= all.length; at += 64) {
      if (ByteBuffer.wrap(all, at, wanted.length).equals(pattern)) {
        return at;
      }
    }
    throw new AssertionError("the file holds the bytes: length=" + all.length);
  }
}
