package dev.sampo.parameter;

import dev.sampo.parameter.snapshot.Manifest;
import dev.sampo.parameter.snapshot.SnapshotFolder;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.ShardRange;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * A process that trains two replicas of one shard, takes snapshots and heals one replica from the
 * other, until it is killed. It says what it begins and what has come to pass.
 */
final class FaultyProcess {
  static final List<ShardRange> RANGES = ShardRange.cut(120_011, 1);
  static final StoreGeometry GEOMETRY = new StoreGeometry(Steps.JOB, RANGES, 8192, 2);
  static final String OPENING = "opening";
  static final String APPLYING = "applying";
  static final String COMMITTED = "committed";
  static final String HEALING = "healing";
  static final String WRITING = "writing";
  static final String VISIBLE = "visible";
  static final String FULL = "full";

  private static final int SNAPSHOT_EVERY = 4;
  private static final int HEAL_EVERY = 6;
  private static final int KEEP = 2;

  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private final SnapshotFolder snapshots;

  private FaultyProcess(Path folder) {
    // What is free is not looked at beforehand: a full disk is to be met in the middle of a file.
    this.snapshots = new SnapshotFolder(folder.resolve("snapshots"), at -> Long.MAX_VALUE);
  }

  /** Takes the folder of both replicas' stores and of the snapshots. */
  public static void main(String[] arguments) {
    VictimProcess.endWithTheTest();
    Path folder = Path.of(arguments[0]);
    new FaultyProcess(folder).run(folder);
  }

  static ShardStore store(Path folder, String replica) {
    return ShardStore.open(folder.resolve(replica), GEOMETRY, rules());
  }

  static ShardRules rules() {
    StoreRules store = new StoreRules(new StoreSync.Interval(3), StoreRules.NO_QUOTA, 1 << 20);
    return new ShardRules(new PlainArithmetic(Steps.SEED), Steps.SLOTS, 2, store);
  }

  private void run(Path folder) {
    say(OPENING, 0);
    try (ShardStore one = store(folder, "a");
        ShardStore other = store(folder, "b")) {
      StoredShard owner = one.open(0);
      StoredShard replica = other.open(0);
      if (owner.records().isEmpty() && replica.records().isEmpty()) {
        owner.initialise();
      }
      bringLevel(owner, replica);
      while (true) {
        step(owner, replica);
      }
    }
  }

  private void step(StoredShard owner, StoredShard replica) {
    long version = owner.records().getFirst().version();
    say(APPLYING, version + 1);
    CommitRecord committed = Steps.apply(owner, version);
    if (!committed.sameBits(Steps.apply(replica, version))) {
      throw new AssertionError("replicas that apply the same step have the same bits");
    }
    say(COMMITTED, committed.version());
    if (committed.version() % SNAPSHOT_EVERY == 0) {
      snapshot(owner, committed);
    }
    if (committed.version() % HEAL_EVERY == 0) {
      replica.forget();
      bringLevel(owner, replica);
    }
  }

  private void snapshot(StoredShard shard, CommitRecord record) {
    say(WRITING, record.version());
    try (SideCopy copy = StoredShardTest.copyOut(shard, record.version())) {
      var part = snapshots.write(Steps.JOB, shard.range(), copy);
      snapshots.publish(
          new Manifest(
              Steps.JOB,
              "recipe",
              record.version(),
              record.version() * Steps.SLOTS,
              record.fence(),
              record.decision(),
              copy.precision(),
              2,
              List.of(part)));
      say(VISIBLE, record.version());
      snapshots.keep(KEEP);
    } catch (StoreRefusedException e) {
      // A full disk costs the snapshot, and training goes on.
      say(FULL, record.version());
    }
  }

  /** What recovery does with two replicas: who is behind copies from the other. */
  private void bringLevel(StoredShard owner, StoredShard replica) {
    long ahead = newest(owner) - newest(replica);
    if (ahead > 0) {
      heal(owner, replica);
    } else if (ahead < 0) {
      heal(replica, owner);
    }
  }

  private void heal(StoredShard from, StoredShard to) {
    CommitRecord record = from.records().getFirst();
    say(HEALING, record.version());
    if (!Copies.copy(from, record, to)) {
      throw new AssertionError("a sound copy is a version");
    }
    to.copyBlocks().releaseStaging();
  }

  private static long newest(StoredShard shard) {
    return shard.records().isEmpty() ? -1 : shard.records().getFirst().version();
  }

  private void say(String what, long version) {
    out.println(what + " " + version);
  }
}
