package dev.sampo.parameter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.parameter.ShardStore.Machine;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Origin;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What is there after the machine stopped. The power cut is acted: pages of the mapped files that
 * were not synced are put back to an older state at random, and the boot's name changes.
 */
class PowerCutTest {
  private static final long SEED = Long.getLong("sampo.test.seed", 42);
  private static final int PAGE_BYTES = 4096;
  private static final int EVERY = 5;
  private static final StoreGeometry GEOMETRY = Steps.geometry(256);

  @TempDir Path folder;

  private final Random random = new Random(SEED);

  @Test
  void allShardsGoBackToAVersionThatEachOfThemCopied() throws IOException {
    List<CommitRecord> first = new ArrayList<>();
    List<CommitRecord> second = new ArrayList<>();
    for (int round = 0; round < 5; round++) {
      String at = "seed=" + SEED + ", round=" + round;
      long from = first.isEmpty() ? 0 : Math.min(newestOf(first), newestOf(second));
      ShardStore store = open("boot-" + round, new StoreSync.Interval(EVERY));
      StoredShard one = store.open(0);
      StoredShard other = store.open(1);
      if (first.isEmpty()) {
        first.add(one.initialise());
        second.add(other.initialise());
      }
      long to = from + 12 + random.nextInt(10);
      train(one, first, to);
      // One shard may be a step behind the other when the power goes.
      train(other, second, to - random.nextInt(2));
      loseUnsyncedPages(store);
      try (ShardStore after = open("boot-" + (round + 1), new StoreSync.Interval(EVERY))) {
        List<CommitRecord> ones = after.open(0).records();
        List<CommitRecord> others = after.open(1).records();
        long common = Math.min(ones.getFirst().version(), others.getFirst().version());
        assertTrue(
            common > to - 2L * EVERY - 2 && common % EVERY == 0, common + " of " + to + ", " + at);
        for (CommitRecord record : ones) {
          assertEquals(first.get((int) record.version()), record, at);
        }
        assertTrue(ones.contains(first.get((int) common)), at);
        assertTrue(others.contains(second.get((int) common)), at);
      }
    }
  }

  @Test
  void everySyncedVersionIsThereWhenEveryVersionIsSynced() throws IOException {
    List<CommitRecord> history = new ArrayList<>();
    ShardStore store = open("boot", new StoreSync.EveryVersion());
    StoredShard shard = store.open(0);
    history.add(shard.initialise());
    train(shard, history, 7);
    Path copy = folder.resolve("copy");
    // What a sync has written is in the file for whoever reads it beside the mapping.
    copyFolder(store, copy);
    store.close();
    try (ShardStore after =
        ShardStore.open(copy, GEOMETRY, rules(new StoreSync.EveryVersion()), machine("other"))) {
      assertEquals(List.of(history.get(7), history.get(6)), after.open(0).records());
    }
  }

  @Test
  void processDeathCostsNothingUnderAnySetting() throws IOException {
    List<CommitRecord> history = new ArrayList<>();
    ShardStore store = open("boot", new StoreSync.Interval(EVERY));
    StoredShard shard = store.open(0);
    history.add(shard.initialise());
    train(shard, history, 13);
    Path copy = folder.resolve("copy");
    copyFolder(store, copy);
    store.close();
    try (ShardStore after =
        ShardStore.open(copy, GEOMETRY, rules(new StoreSync.Interval(EVERY)), machine("boot"))) {
      assertEquals(List.of(history.get(13), history.get(12)), after.open(0).records());
    }
  }

  @Test
  void aCleanEndIsNoPowerCut() throws IOException {
    List<CommitRecord> history = new ArrayList<>();
    try (ShardStore store = open("boot", new StoreSync.Interval(EVERY))) {
      StoredShard shard = store.open(0);
      history.add(shard.initialise());
      train(shard, history, 13);
    }
    assertFalse(Files.exists(at("store.boot")));
    try (ShardStore after = open("next", new StoreSync.Interval(EVERY))) {
      assertEquals(List.of(history.get(13), history.get(12)), after.open(0).records());
    }
  }

  @Test
  void bothSidesLostComeBackFromTheCopies() throws IOException {
    List<CommitRecord> history = new ArrayList<>();
    try (ShardStore store = open("boot", new StoreSync.Interval(EVERY))) {
      StoredShard shard = store.open(0);
      history.add(shard.initialise());
      train(shard, history, 13);
    }
    loseTheSides();
    try (ShardStore after = open("next", new StoreSync.Interval(EVERY))) {
      StoredShard shard = after.open(0);
      assertEquals(List.of(history.get(10), history.get(5)), shard.records());
      assertEquals(history.get(11), Steps.apply(shard, 10), "and trains on to the same bits");
    }
  }

  @Test
  void aTornCopyLeavesTheOneBeforeIt() throws IOException {
    List<CommitRecord> history = untilThePowerGoes();
    flip(at("shard-000.synced-0"), RecordSlots.BYTES + 100);
    try (ShardStore after = open("next", new StoreSync.Interval(EVERY))) {
      assertEquals(List.of(history.get(5)), after.open(0).records());
    }
  }

  @Test
  void aCopyThatWasCutShortLeavesTheOneBeforeItOrNone() throws IOException {
    List<CommitRecord> history = untilThePowerGoes();
    cut(at("shard-000.synced-0"), Files.size(at("shard-000.synced-0")) - 1);
    try (ShardStore after = open("next", new StoreSync.Interval(EVERY))) {
      assertEquals(List.of(history.get(5)), after.open(0).records());
    }
    loseTheSides();
    cut(at("shard-000.synced-0"), 0);
    cut(at("shard-000.synced-1"), 0);
    try (ShardStore after = open("next", new StoreSync.Interval(EVERY))) {
      assertEquals(List.of(), after.open(0).records());
    }
  }

  @Test
  void whatWasForgottenDoesNotComeBack() throws IOException {
    List<CommitRecord> history = new ArrayList<>();
    ShardStore store = open("boot", new StoreSync.Interval(EVERY));
    StoredShard shard = store.open(0);
    history.add(shard.initialise());
    train(shard, history, 13);
    shard.forget();
    loseUnsyncedPages(store);
    try (ShardStore after = open("next", new StoreSync.Interval(EVERY))) {
      assertEquals(List.of(), after.open(0).records());
    }
  }

  /** The first version that is copied after a restore may have the parity of the restored one. */
  @Test
  void aRestoredVersionIsCopiedAndStaysUntilThereIsAnother() throws IOException {
    StoreSync sync = new StoreSync.Interval(EVERY);
    SnapshotSource zeros =
        (shard, origin, fence) -> {
          try {
            return shard.load(origin.version(), fence, Steps.decision(2), block -> {});
          } catch (IOException e) {
            throw new StoreRefusedException("not read", e);
          }
        };
    ShardRules plain = rules(sync);
    ShardRules restoring =
        new ShardRules(
            plain.arithmetic(), plain.precision(), plain.slots(), 4, plain.store(), zeros);
    ShardStore store =
        ShardStore.open(folder.resolve("store"), GEOMETRY, restoring, machine("boot"));
    StoredShard shard = store.open(0);
    shard.initialise();
    assertEquals("", shard.restore(new Origin(1, 3, "/v3", "3a"), Steps.FENCE));
    CommitRecord restored = shard.records().getFirst();
    for (long step = 3; step < 9; step++) {
      Steps.apply(shard, step);
    }
    loseUnsyncedPages(store);
    try (ShardStore after = open("next", sync)) {
      assertEquals(List.of(restored), after.open(0).records(), "version 5 did not overwrite it");
    }
  }

  @Test
  void copiesAreMadeAtAnOddInterval() {
    assertThrows(IllegalArgumentException.class, () -> new StoreSync.Interval(4));
    assertThrows(IllegalArgumentException.class, () -> new StoreSync.Interval(-1));
  }

  /** Trains on, as if each version were committed before the next step. */
  private static void train(StoredShard shard, List<CommitRecord> history, long version) {
    for (long step = shard.records().getFirst().version(); step < version; step++) {
      CommitRecord record = Steps.apply(shard, step);
      if (record.version() < history.size()) {
        assertEquals(history.get((int) record.version()), record, "the same history again");
      } else {
        history.add(record);
      }
    }
  }

  /** Closes the store as a power cut would leave it: each page of the sides is new, old or zero. */
  private void loseUnsyncedPages(ShardStore store) throws IOException {
    store.close();
    for (int shard = 0; shard < 2; shard++) {
      Path blocks = at("shard-00" + shard + ".blocks");
      if (Files.exists(blocks)) {
        try (RandomAccessFile file = new RandomAccessFile(blocks.toFile(), "rw")) {
          // Past the head of the map, which is written when it is made.
          for (long at = 16 * PAGE_BYTES; at + PAGE_BYTES < file.length(); at += PAGE_BYTES) {
            if (random.nextBoolean()) {
              file.seek(at + 512 + random.nextInt(256));
              file.writeInt(random.nextInt());
            }
          }
        }
      }
    }
    Files.writeString(at("store.boot"), "a boot that ended without a close");
  }

  private void copyFolder(ShardStore open, Path copy) throws IOException {
    Files.createDirectories(copy);
    for (int shard : open.shards()) {
      for (String kind : List.of(".blocks", ".records", ".synced-0", ".synced-1")) {
        Path file = at("shard-00" + shard + kind);
        if (Files.exists(file)) {
          Files.copy(file, copy.resolve(String.valueOf(file.getFileName())));
        }
      }
    }
    Files.copy(at("store.layout"), copy.resolve("store.layout"));
    Files.copy(at("store.boot"), copy.resolve("store.boot"));
  }

  /** The versions that a shard had, the last of them 13. */
  private List<CommitRecord> untilThePowerGoes() throws IOException {
    List<CommitRecord> history = new ArrayList<>();
    ShardStore store = open("boot", new StoreSync.Interval(EVERY));
    StoredShard shard = store.open(0);
    history.add(shard.initialise());
    train(shard, history, 13);
    loseUnsyncedPages(store);
    return history;
  }

  private void loseTheSides() throws IOException {
    Files.delete(at("shard-000.blocks"));
    Files.delete(at("shard-000.records"));
  }

  private static void cut(Path path, long bytes) throws IOException {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
      file.truncate(bytes);
    }
  }

  private static void flip(Path path, long at) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.seek(at);
      int value = file.read();
      file.seek(at);
      file.write(value ^ 1);
    }
  }

  private static long newestOf(List<CommitRecord> history) {
    return history.getLast().version() / EVERY * EVERY;
  }

  private Path at(String name) {
    return folder.resolve("store").resolve(name);
  }

  private ShardStore open(String boot, StoreSync sync) {
    return ShardStore.open(folder.resolve("store"), GEOMETRY, rules(sync), machine(boot));
  }

  private static Machine machine(String boot) {
    return new Machine(at -> Long.MAX_VALUE / 64, boot);
  }

  private static ShardRules rules(StoreSync sync) {
    return new ShardRules(
        new PlainArithmetic(Steps.SEED),
        Steps.SLOTS,
        4,
        new StoreRules(sync, StoreRules.NO_QUOTA, 1 << 20));
  }
}
