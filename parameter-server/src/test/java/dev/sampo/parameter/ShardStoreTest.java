package dev.sampo.parameter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.parameter.ShardStore.Machine;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.JobId;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class ShardStoreTest {
  @TempDir Path folder;

  @Test
  void versionsSurviveARestart() {
    List<CommitRecord> before;
    try (ShardStore store = open()) {
      assertEquals(List.of(), store.shards());
      StoredShard shard = store.open(1);
      Steps.applyUntil(shard, 5);
      before = shard.records();
    }
    try (ShardStore store = open()) {
      assertEquals(List.of(1), store.shards());
      StoredShard shard = store.open(1);
      assertEquals(before, shard.records());
      CommitRecord six = Steps.apply(shard, 5);
      assertEquals(6, six.version());
      try (ShardStore other =
          ShardStore.open(folder.resolve("other"), Steps.geometry(64), Steps.rules())) {
        assertEquals(Steps.applyUntil(other.open(1), 6), six);
      }
    }
  }

  @Test
  void aShardIsAddedWhileAnotherIsInUse() {
    try (ShardStore store = open()) {
      StoredShard first = store.open(0);
      CommitRecord one = Steps.applyUntil(first, 1);
      StoredShard second = store.open(1);
      assertEquals(List.of(), second.records());
      Steps.applyUntil(second, 2);
      assertEquals(one, first.records().getFirst());
      assertEquals(List.of(0, 1), store.shards());
      assertThrows(IllegalStateException.class, () -> store.open(0));
      assertThrows(IllegalArgumentException.class, () -> store.open(2));
    }
    assertEquals(
        Set.of(
            "store.lock",
            "store.layout",
            "store.boot",
            "shard-000.blocks",
            "shard-000.records",
            "shard-001.blocks",
            "shard-001.records"),
        names());
  }

  @Test
  void aFlippedByteMakesItsSideNoVersion() throws IOException {
    CommitRecord four;
    CommitRecord five;
    try (ShardStore store = open()) {
      StoredShard shard = store.open(0);
      five = Steps.applyUntil(shard, 5);
      four = shard.records().getLast();
      // Through the state of the newest side, as a bad memory cell would.
      try (RandomAccessFile file = new RandomAccessFile(blocks().toFile(), "rw")) {
        long at = find(file, stateBytes(shard, 5));
        file.seek(at);
        int value = file.read();
        file.seek(at);
        file.write(value ^ 1);
      }
    }
    try (ShardStore store = open()) {
      StoredShard shard = store.open(0);
      assertEquals(List.of(four), shard.records());
      assertEquals(five, Steps.apply(shard, 4), "and is written anew from the one before");
    }
  }

  @Test
  void aTornRecordIsNoRecord() throws IOException {
    CommitRecord four;
    try (ShardStore store = open()) {
      StoredShard shard = store.open(0);
      Steps.applyUntil(shard, 5);
      four = shard.records().getLast();
    }
    try (RandomAccessFile file = new RandomAccessFile(records().toFile(), "rw")) {
      byte[] version = new byte[Long.BYTES];
      version[0] = 5;
      long at = find(file, version);
      file.seek(at + 32);
      file.write(new byte[] {1, 2, 3});
    }
    try (ShardStore store = open()) {
      assertEquals(List.of(four), store.open(0).records());
    }
  }

  @Test
  void aSecondOpeningIsRefusedWithThePid() {
    try (ShardStore store = open()) {
      Steps.applyUntil(store.open(0), 1);
      String refused = refusal(this::open);
      String pid = "pid=" + ProcessHandle.current().pid();
      assertTrue(refused.contains(pid + "; hint: "), refused);
    }
    open().close();
  }

  @Test
  void anotherJobOrGeometryOrLayoutIsRefusedAndChangesNothing() throws IOException {
    open().close();
    Path layout = folder.resolve("store.layout");
    String written = Files.readString(layout);
    StoreGeometry geometry = Steps.geometry(256);
    StoreGeometry otherJob =
        new StoreGeometry(new JobId("ffffffffffffffff"), geometry.ranges(), 256, 2);
    assertRefused(otherJob, "a store belongs to one job", "job=ffffffffffffffff");
    assertRefused(Steps.geometry(512), "a store keeps the geometry", "blockParameters=512");
    assertEquals(written, Files.readString(layout));

    Files.writeString(layout, written.replace("layout=2", "layout=1"));
    assertRefused(geometry, "a store has a layout that this version knows", "found='layout=1'");
    Files.writeString(layout, written);
    open().close();
  }

  @Test
  void aFullDiskIsRefusedWithTheNumbersAndLeavesNothing() {
    long needed = ShardFiles.fileBytes(Steps.geometry(256), Steps.RANGES.getFirst()) * 11 / 10;
    try (ShardStore store =
        ShardStore.open(
            folder, Steps.geometry(256), Steps.rules(), new Machine(at -> needed - 1, "boot"))) {
      String refused = refusal(() -> store.open(0));
      assertTrue(
          refused.contains("neededBytes=" + needed + ", freeBytes=" + (needed - 1) + "; hint: "),
          refused);
      assertEquals(List.of(), store.shards());
    }
    assertEquals(Set.of("store.lock", "store.layout", "store.boot"), names());
    try (ShardStore store =
        ShardStore.open(
            folder, Steps.geometry(256), Steps.rules(), new Machine(at -> needed, "boot"))) {
      store.open(0);
    }
  }

  @Test
  void filesAreNoLargerThanTheRoomThatWasChecked() throws IOException {
    for (int block : new int[] {16, 1024, 65536}) {
      Path at = folder.resolve("b" + block);
      StoreGeometry geometry = Steps.geometry(block);
      try (ShardStore store = ShardStore.open(at, geometry, Steps.rules())) {
        store.open(0);
      }
      long bytes =
          Files.size(at.resolve("shard-000.blocks")) + Files.size(at.resolve("shard-000.records"));
      long checked = ShardFiles.fileBytes(geometry, Steps.RANGES.getFirst());
      assertTrue(bytes <= checked, "block=" + block + ", bytes=" + bytes + ", checked=" + checked);
    }
  }

  @Test
  void halfMadeShardsAreRemovedAndMadeAnew() throws IOException {
    try (ShardStore store = open()) {
      Steps.applyUntil(store.open(0), 1);
    }
    Files.delete(records());
    Files.writeString(folder.resolve("shard-001.blocks.tmp"), "cut off");
    try (ShardStore store = open()) {
      assertFalse(Files.exists(folder.resolve("shard-001.blocks.tmp")));
      assertEquals(List.of(), store.shards());
      StoredShard shard = store.open(0);
      assertEquals(List.of(), shard.records());
      assertEquals(1, Steps.applyUntil(shard, 1).version());
    }
  }

  @Test
  void aTruncatedFileIsRefusedByName() throws IOException {
    try (ShardStore store = open()) {
      store.open(0);
    }
    Files.write(blocks(), new byte[100]);
    try (ShardStore store = open()) {
      String refused = refusal(() -> store.open(0));
      assertTrue(refused.contains("shard=0, reason="), refused);
      Files.delete(blocks());
      assertEquals(List.of(), store.open(0).records(), "and is made anew once it is removed");
    }
  }

  @Test
  void aFileThatLostItsTailHarmsNobody() throws IOException {
    try (ShardStore store = open()) {
      Steps.applyUntil(store.open(0), 2);
    }
    StoreGeometry geometry = Steps.geometry(256);
    long values = 2L * geometry.blocks(Steps.RANGES.getFirst()) * geometry.blockBytes();
    try (RandomAccessFile file = new RandomAccessFile(blocks().toFile(), "rw")) {
      file.setLength(values);
    }
    try (ShardStore store = open()) {
      String refused = refusal(() -> store.open(0));
      assertTrue(refused.contains("shard=0, reason="), refused);
    }
  }

  @Test
  void aFolderThatIsNoneIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "no folder");
    String refused = refusal(() -> ShardStore.open(file, Steps.geometry(256), Steps.rules()));
    assertTrue(refused.contains("folder=" + file) && refused.contains("; hint: "), refused);
  }

  private ShardStore open() {
    return ShardStore.open(folder, Steps.geometry(256), Steps.rules());
  }

  private static String refusal(Executable opening) {
    return String.valueOf(assertThrows(StoreRefusedException.class, opening).getMessage());
  }

  private void assertRefused(StoreGeometry geometry, String rule, String detail) {
    String refused = refusal(() -> ShardStore.open(folder, geometry, Steps.rules()));
    assertTrue(refused.startsWith(rule), refused);
    assertTrue(refused.contains(detail), refused);
    assertTrue(refused.contains("; hint: "), refused);
  }

  private Set<String> names() {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> String.valueOf(file.getFileName())).collect(Collectors.toSet());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Path blocks() {
    return folder.resolve("shard-000.blocks");
  }

  private Path records() {
    return folder.resolve("shard-000.records");
  }

  private static byte[] stateBytes(StoredShard shard, long version) {
    try (SideCopy copy = StoredShardTest.copyOut(shard, version)) {
      long planeBytes = shard.range().parameters() * Float.BYTES;
      return copy.segment().asSlice(planeBytes, 64).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static long find(RandomAccessFile file, byte[] wanted) throws IOException {
    byte[] all = new byte[Math.toIntExact(file.length())];
    file.seek(0);
    file.readFully(all);
    String text = new String(all, StandardCharsets.ISO_8859_1);
    // Values lie on cache lines.
    for (int at = 0;
        at >= 0;
        at = text.indexOf(new String(wanted, StandardCharsets.ISO_8859_1), at + 1)) {
      if (at > 0 && at % 64 == 0) {
        return at;
      }
    }
    throw new AssertionError("the file holds the bytes: length=" + all.length);
  }
}
