package dev.sampo.parameter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.CommitRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What kill -9 leaves behind is what was held, and the history goes on as if nothing was. */
class KillTest {
  private static final int ROUNDS = 10;
  private static final long SEED = Long.getLong("sampo.test.seed", 42);

  @TempDir Path folder;

  /** The same history in a process that nobody kills, by version. */
  private final List<CommitRecord> history = new ArrayList<>();

  private ShardStore undisturbed;
  private StoredShard reference;

  @BeforeEach
  void startTheReference() {
    undisturbed = open(folder.resolve("undisturbed"));
    reference = undisturbed.open(0);
    history.add(reference.initialise());
  }

  @AfterEach
  void closeTheReference() {
    undisturbed.close();
  }

  @Test
  void theNewestVersionSurvivesEveryKill() throws Exception {
    Random random = new Random(SEED);
    long version = 0;
    for (int round = 0; round < ROUNDS; round++) {
      String at = "round=" + round + ", replay with -Dsampo.test.seed=" + SEED;
      int further = 1 + random.nextInt(12);
      if (round % 2 == 0) {
        int block = random.nextInt(VictimProcess.GEOMETRY.blocks(VictimProcess.RANGES.get(0)));
        version = killInTheMiddle(version + further, block, at);
      } else {
        version = killAtLine(version, further, at);
      }
    }
  }

  @Test
  void aSecondProcessIsRefusedUntilTheFirstIsKilled() throws Exception {
    Path victim = folder.resolve("victim");
    try (ChildProcess child = victim(1, 0)) {
      assertEquals("0", child.line());
      StoreRefusedException refused = assertThrows(StoreRefusedException.class, () -> open(victim));
      String message = String.valueOf(refused.getMessage());
      assertTrue(message.contains("pid=" + child.pid() + "; hint: "), message);
      child.kill();
    }
    open(victim).close();
  }

  @Test
  void aMapThatAKillLeftLockedIsRecovered() throws Exception {
    Path file = folder.resolve("locked.map");
    long[] keys = LockedMapProcess.keys();
    InPlaceMap.create(file, keys, LockedMapProcess.VALUE_BYTES, DiskRoom::ofSystem);
    try (ChildProcess child =
        ChildProcess.start(folder.resolve("errors.txt"), LockedMapProcess.class, file.toString())) {
      assertEquals(LockedMapProcess.HOLDING, child.line());
      child.kill();
    }
    try (InPlaceMap map = InPlaceMap.open(file, keys, LockedMapProcess.VALUE_BYTES)) {
      LockedMapProcess.requireWritten(map);
    }
  }

  private long killInTheMiddle(long step, int block, String at) throws Exception {
    try (ChildProcess child = victim(step, block)) {
      String line = child.line();
      while (!line.equals(VictimProcess.STOPPED)) {
        line = child.line();
      }
      child.kill();
    }
    List<CommitRecord> found = found(at);
    assertEquals(1, found.size(), "the side that was being written is no version: " + at);
    assertEquals(step, found.getFirst().version(), at);
    return step;
  }

  private long killAtLine(long version, int lines, String at) throws Exception {
    long said = version;
    try (ChildProcess child = victim(-1, 0)) {
      for (int i = 0; i < lines; i++) {
        said = Long.parseLong(child.line());
      }
      List<String> rest = child.kill();
      for (String line : rest) {
        // The last one may be cut off: then it is too small a number, which asks for less.
        said = line.isEmpty() ? said : Math.max(said, Long.parseLong(line));
      }
    }
    long newest = found(at).getFirst().version();
    assertTrue(newest >= said, "said=" + said + ", found=" + newest + ", " + at);
    return newest;
  }

  /** The records that a restart finds, each checked against the undisturbed history. */
  private List<CommitRecord> found(String at) {
    try (ShardStore store = open(folder.resolve("victim"))) {
      List<CommitRecord> records = store.open(0).records();
      assertTrue(!records.isEmpty(), at);
      for (CommitRecord record : records) {
        assertEquals(expected(record.version()), record, at);
      }
      return records;
    }
  }

  private CommitRecord expected(long version) {
    while (history.size() <= version) {
      history.add(Steps.apply(reference, history.size() - 1L));
    }
    return history.get((int) version);
  }

  private ChildProcess victim(long step, int block) throws IOException {
    return ChildProcess.start(
        folder.resolve("errors.txt"),
        VictimProcess.class,
        folder.resolve("victim").toString(),
        Long.toString(step),
        Integer.toString(block));
  }

  private static ShardStore open(Path at) {
    return ShardStore.open(
        at,
        VictimProcess.GEOMETRY,
        new ShardRules(new PlainArithmetic(Steps.SEED), Steps.SLOTS, 2, StoreRules.plain()));
  }
}
