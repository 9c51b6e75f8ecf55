package dev.sampo.parameter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sampo.parameter.ShardStore.Machine;
import dev.sampo.parameter.snapshot.SnapshotFolder;
import dev.sampo.protocol.ShardRange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is really full, although the look at its free room beforehand said otherwise. */
class DiskFullTest {
  private static final StoreGeometry GEOMETRY = Steps.geometry(1024);

  /** One shard, 480 kB a side. */
  private static final StoreGeometry LARGE =
      new StoreGeometry(Steps.JOB, ShardRange.cut(40_000, 1), 4096, 2);

  /** For the small files of a store. */
  private static final long SLACK_BYTES = 4096;

  @TempDir Path folder;

  @Test
  void aShardThatDoesNotFitIsRefusedAndLeavesNothing() throws Exception {
    try (SmallDisk disk = SmallDisk.mountIfRoot(folder.resolve("disk"), 600)) {
      assumeTrue(disk.isMounted(), "skipped: a small disk needs root");
      Path at = disk.folder().resolve("store");
      try (ShardStore store = ShardStore.open(at, LARGE, rules(), blind())) {
        String message = refusal(store);
        assertTrue(message.contains("shard=0, reason=") && message.contains("; hint: "), message);
        assertEquals(List.of(), store.shards());
        assertEquals(
            List.of("store.boot", "store.layout", "store.lock"), names(at), "and no half file");
      }
    }
  }

  @Test
  void copiesForAPowerCutThatDoNotFitAreRefusedBeforeTheFirstStep() throws Exception {
    try (SmallDisk disk = SmallDisk.mountIfRoot(folder.resolve("disk"), 1_800)) {
      assumeTrue(disk.isMounted(), "skipped: a small disk needs root");
      Path at = disk.folder().resolve("store");
      StoreRules store = new StoreRules(new StoreSync.Interval(3), StoreRules.NO_QUOTA, 1);
      ShardRules rules = new ShardRules(new PlainArithmetic(1), Steps.SLOTS, 2, store);
      try (ShardStore opened = ShardStore.open(at, LARGE, rules, blind())) {
        assertTrue(refusal(opened).contains("; hint: "));
        assertTrue(
            names(at).stream().noneMatch(name -> name.endsWith("tmp")), names(at).toString());
      }
    }
  }

  @Test
  void aSnapshotThatDoesNotFitLeavesTheOnesBefore() throws Exception {
    try (SmallDisk disk = SmallDisk.mountIfRoot(folder.resolve("disk"), 36);
        ShardStore store = ShardStore.open(folder.resolve("store"), GEOMETRY, rules(), blind())) {
      assumeTrue(disk.isMounted(), "skipped: a small disk needs root");
      SnapshotFolder snapshots = new SnapshotFolder(disk.folder(), at -> Long.MAX_VALUE);
      StoredShard shard = store.open(0);
      Steps.applyUntil(shard, 3);
      try (SideCopy two = StoredShardTest.copyOut(shard, 2);
          SideCopy three = StoredShardTest.copyOut(shard, 3)) {
        snapshots.write(Steps.JOB, shard.range(), two);
        StoreRefusedException refused =
            assertThrows(
                StoreRefusedException.class,
                () -> snapshots.write(Steps.JOB, shard.range(), three));
        String message = String.valueOf(refused.getMessage());
        assertTrue(message.contains("No space left") && message.contains("; hint: "), message);
      }
      assertEquals(List.of("shard-000.safetensors"), names(disk.folder().resolve("v000000000002")));
      assertEquals(List.of(), names(disk.folder().resolve("v000000000003")));
    }
  }

  @Test
  void aQuotaIsAFullDiskWithNumbers() {
    long bytes = ShardFiles.fileBytes(GEOMETRY, Steps.RANGES.getFirst());
    StoreRules store = new StoreRules(new StoreSync.None(), bytes + SLACK_BYTES, 1);
    ShardRules rules = new ShardRules(new PlainArithmetic(1), Steps.SLOTS, 2, store);
    try (ShardStore opened = ShardStore.open(folder, GEOMETRY, rules, blind())) {
      opened.open(0);
      String message =
          String.valueOf(
              assertThrows(StoreRefusedException.class, () -> opened.open(1)).getMessage());
      assertTrue(message.contains("quotaBytes=" + (bytes + SLACK_BYTES)), message);
      assertTrue(message.contains("usedBytes="), message);
      assertEquals(List.of(0), opened.shards());
    }
  }

  private static String refusal(ShardStore store) {
    return String.valueOf(
        assertThrows(StoreRefusedException.class, () -> store.open(0)).getMessage());
  }

  private static ShardRules rules() {
    return Steps.rules();
  }

  private static Machine blind() {
    return new Machine(at -> Long.MAX_VALUE / 64, "boot");
  }

  private static List<String> names(Path at) throws IOException {
    try (Stream<Path> files = Files.list(at)) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
  }
}
