package dev.sampo.parameter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.parameter.snapshot.Snapshot;
import dev.sampo.parameter.snapshot.SnapshotFolder;
import dev.sampo.protocol.CommitRecord;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * kill -9 at random moments of everything a store does, and damage to its files: after each, the
 * newest committed version is there, every hash is that of a history that nothing disturbed, so
 * nothing was applied twice, and every snapshot that is visible is whole.
 *
 * <p>More rounds: {@code -Dsampo.test.fault.rounds=200 -Dsampo.test.seed=7}.
 */
class FaultRoundsTest {
  private static final int ROUNDS = Integer.getInteger("sampo.test.fault.rounds", 8);
  private static final long SEED = Long.getLong("sampo.test.seed", 42);
  private static final int MOST_DELAY_NANOS = 30_000_000;
  private static final int MOST_FLIPS = 4;

  /** Room for both replicas with their synced copies. */
  private static final int SMALL_DISK_KIB = 20 * 1024;

  /** Less than a snapshot takes. */
  private static final long ROOM_LEFT_BYTES = 1 << 20;

  /** What is hit. */
  private enum Fault {
    OPENING(FaultyProcess.OPENING),
    APPLYING(FaultyProcess.APPLYING),
    HEALING(FaultyProcess.HEALING),
    WRITING_A_SNAPSHOT(FaultyProcess.WRITING),
    ANYWHERE(FaultyProcess.COMMITTED),
    FLIPPED_BYTES(FaultyProcess.COMMITTED),
    TRUNCATED_FILE(FaultyProcess.COMMITTED),
    FULL_DISK(FaultyProcess.FULL);

    private final String trigger;

    Fault(String trigger) {
      this.trigger = trigger;
    }
  }

  @TempDir Path folder;

  private final Random random = new Random(SEED);
  private final Map<Fault, Integer> done = new EnumMap<>(Fault.class);

  /** The same history in a process that nobody kills, by version. */
  private final List<CommitRecord> history = new ArrayList<>();

  private ShardStore undisturbed;
  private StoredShard reference;
  private Path place;

  /** The newest version that was said to be committed, and the newest visible snapshot. */
  private long committed = -1;

  private long visible = -1;

  @BeforeEach
  void startTheReference() {
    undisturbed = FaultyProcess.store(folder, "undisturbed");
    reference = undisturbed.open(0);
    history.add(reference.initialise());
    place = folder.resolve("disturbed");
  }

  @AfterEach
  void closeTheReference() {
    undisturbed.close();
  }

  @Test
  void nothingCommittedIsLostAndNothingIsAppliedTwice() throws Exception {
    try (SmallDisk disk = SmallDisk.mountIfRoot(folder.resolve("small"), SMALL_DISK_KIB)) {
      for (int round = 0; round < ROUNDS; round++) {
        Fault fault = Fault.values()[round % Fault.values().length];
        String at =
            "round=" + round + ", fault=" + fault + ", replay with -Dsampo.test.seed=" + SEED;
        if (fault == Fault.FULL_DISK) {
          if (!disk.isMounted()) {
            continue;
          }
          onTheSmallDisk(disk, at);
        } else {
          round(fault, at);
        }
        done.merge(fault, 1, Integer::sum);
      }
      System.out.printf(
          "fault rounds: %s, newest version %d, seed %d%s%n",
          done, committed, SEED, disk.isMounted() ? "" : "; full disk skipped: needs root");
    }
  }

  private void round(Fault fault, String at) throws Exception {
    runAndKill(fault, at);
    switch (fault) {
      case FLIPPED_BYTES -> flipBytes();
      case TRUNCATED_FILE -> truncate(at);
      case OPENING, APPLYING, HEALING, WRITING_A_SNAPSHOT, ANYWHERE, FULL_DISK -> {}
    }
    check(at);
  }

  /** A history of its own, on a disk that has no room for a snapshot. */
  private void onTheSmallDisk(SmallDisk disk, String at) throws Exception {
    Path usual = place;
    long usualCommitted = committed;
    long usualVisible = visible;
    place = disk.folder().resolve("round");
    committed = -1;
    visible = -1;
    for (String replica : List.of("a", "b")) {
      try (ShardStore store = FaultyProcess.store(place, replica)) {
        store.open(0);
      }
    }
    disk.fillUpTo(ROOM_LEFT_BYTES);
    runAndKill(Fault.FULL_DISK, at);
    assertTrue(committed > 0, "training goes on without room for a snapshot: " + at);
    assertEquals(-1, visible, at);
    check(at);
    disk.clear();
    place = usual;
    committed = usualCommitted;
    visible = usualVisible;
  }

  private void runAndKill(Fault fault, String at) throws Exception {
    Path errors = folder.resolve("errors.txt");
    try (ChildProcess child = ChildProcess.start(errors, FaultyProcess.class, place.toString())) {
      int wanted = fault == Fault.OPENING ? 1 : 1 + random.nextInt(3);
      while (wanted > 0) {
        String line = child.line();
        note(line);
        wanted -= line.startsWith(fault.trigger) ? 1 : 0;
      }
      // Opening takes about a second, everything else some milliseconds.
      int most = fault == Fault.OPENING ? 50 * MOST_DELAY_NANOS : MOST_DELAY_NANOS;
      LockSupport.parkNanos(random.nextInt(most));
      child.kill().forEach(this::note);
    } catch (AssertionError e) {
      throw new AssertionError(at, e);
    }
  }

  /** The last line may be cut off, and then says less than it meant. */
  private void note(String line) {
    int space = line.indexOf(' ');
    if (space < 0 || space == line.length() - 1) {
      return;
    }
    long version = Long.parseLong(line.substring(space + 1));
    switch (line.substring(0, space)) {
      case FaultyProcess.COMMITTED -> committed = Math.max(committed, version);
      case FaultyProcess.VISIBLE -> visible = Math.max(visible, version);
      default -> {}
    }
  }

  private void check(String at) {
    List<CommitRecord> found = new ArrayList<>();
    for (String replica : List.of("a", "b")) {
      try (ShardStore store = FaultyProcess.store(place, replica)) {
        for (CommitRecord record : store.open(0).records()) {
          assertEquals(expected(record.version()), record, at + ", replica=" + replica);
          found.add(record);
        }
      }
    }
    long newest = found.stream().mapToLong(CommitRecord::version).max().orElse(-1);
    assertTrue(newest >= committed, "committed=" + committed + ", found=" + newest + ", " + at);
    checkSnapshots(at);
  }

  private void checkSnapshots(String at) {
    SnapshotFolder snapshots = new SnapshotFolder(place.resolve("snapshots"));
    List<Long> versions = snapshots.versions();
    assertTrue(
        visible < 0 || versions.getFirst() >= visible,
        "visible=" + visible + ", found=" + versions + ", " + at);
    for (long version : versions) {
      try (Snapshot snapshot = snapshots.open(version)) {
        snapshot.verify();
        CommitRecord record = expected(version);
        assertEquals(record.parameters(), snapshot.manifest().parts().getFirst().parameters(), at);
        assertEquals(record.state(), snapshot.manifest().parts().getFirst().state(), at);
      }
    }
  }

  /**
   * One fault at a time: if a replica was killed while it healed, the other one is the last and is
   * left alone.
   */
  private String victim() {
    boolean ownerIsWhole = newest("a") >= committed;
    boolean replicaIsWhole = newest("b") >= committed;
    boolean any = ownerIsWhole == replicaIsWhole;
    return any ? (random.nextBoolean() ? "a" : "b") : (ownerIsWhole ? "b" : "a");
  }

  private long newest(String replica) {
    try (ShardStore store = FaultyProcess.store(place, replica)) {
      List<CommitRecord> records = store.open(0).records();
      return records.isEmpty() ? -1 : records.getFirst().version();
    }
  }

  private void flipBytes() throws IOException {
    Path replica = place.resolve(victim());
    String kind = List.of("blocks", "blocks", "records", "synced-0").get(random.nextInt(4));
    try (RandomAccessFile file =
        new RandomAccessFile(replica.resolve("shard-000." + kind).toFile(), "rw")) {
      // Not in the head of a map, which its library reads.
      long from = kind.equals("synced-0") ? 0 : file.length() / 2;
      for (int flip = 0; flip < 1 + random.nextInt(MOST_FLIPS); flip++) {
        long at = from + random.nextLong(file.length() - from);
        file.seek(at);
        int value = file.read();
        file.seek(at);
        file.write(value ^ (1 << random.nextInt(Byte.SIZE)));
      }
    }
  }

  /** What its message tells a person to do is done: the shard is made anew, and heals. */
  private void truncate(String at) throws IOException {
    String name = victim();
    Path replica = place.resolve(name);
    Path blocks = replica.resolve("shard-000.blocks");
    try (RandomAccessFile file = new RandomAccessFile(blocks.toFile(), "rw")) {
      file.setLength(random.nextLong(file.length() * 9 / 10));
    }
    try (ShardStore store = FaultyProcess.store(place, name)) {
      StoreRefusedException refused =
          assertThrows(StoreRefusedException.class, () -> store.open(0), at);
      String message = String.valueOf(refused.getMessage());
      assertTrue(message.contains("shard=0, reason=") && message.contains("; hint: "), message);
    }
    Files.delete(blocks);
    Files.delete(replica.resolve("shard-000.records"));
  }

  private CommitRecord expected(long version) {
    while (history.size() <= version) {
      history.add(Steps.apply(reference, history.size() - 1L));
    }
    return history.get((int) version);
  }
}
