package dev.sampo.protocol.coordinator;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.digest;
import static dev.sampo.protocol.Examples.record;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static dev.sampo.protocol.Examples.skip;
import static dev.sampo.protocol.Examples.withLearner;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.coordinator.Recovery.Ahead;
import dev.sampo.protocol.coordinator.Recovery.Finding;
import dev.sampo.protocol.coordinator.Recovery.ShardReports;
import dev.sampo.protocol.message.ReplicaReport;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Each finding, and what leads to it. */
class RecoveryTest {
  private static final CommitRecord FOUR = record(4, "");
  private static final CommitRecord FIVE = record(5, "");
  private static final CommitRecord SIX = record(6, "");

  private static ReplicaReport has(CommitRecord... records) {
    return new ReplicaReport(List.of(records), -1, null, -1, List.of(), "");
  }

  private static ReplicaReport holding(String gradient, CommitRecord record) {
    return new ReplicaReport(
        List.of(record), record.version(), digest(gradient), -1, List.of(), "");
  }

  /** Had version 6 once. */
  private static ReplicaReport damaged(CommitRecord... records) {
    return new ReplicaReport(List.of(records), -1, null, 6, List.of(), "");
  }

  /** Reports of the replicas of shard 0, 1, ... in the order in which the shard names them. */
  private static Finding find(List<ShardMembers> shards, ReplicaReport[]... reports) {
    List<ShardReports> all =
        shards.stream()
            .map(
                shard -> {
                  Map<Member, ReplicaReport> byReplica = new HashMap<>();
                  for (int i = 0; i < shard.replicas().size(); i++) {
                    byReplica.put(shard.replicas().get(i), reports[shard.shard()][i]);
                  }
                  return new ShardReports(shard, byReplica);
                })
            .toList();
    Configuration configuration = running(1, shards.toArray(ShardMembers[]::new));
    return Recovery.find(configuration, all);
  }

  private static ReplicaReport[] of(ReplicaReport... reports) {
    return reports;
  }

  @Test
  void levelWhenAllHaveOneVersionWithEqualBits() {
    assertEquals(
        new Finding.Level(5, List.of(FIVE, FIVE)),
        find(
            List.of(shard(0, A1, B1), shard(1, B1)),
            of(has(FIVE, FOUR), has(FIVE)),
            of(has(FIVE))));
  }

  @Test
  void halfwayWhenSomeHaveTheNextVersion() {
    Finding finding =
        find(
            List.of(shard(0, A1, B1), shard(1, B1)),
            of(has(FIVE, FOUR), has(SIX, FIVE)),
            of(has(FIVE)));
    assertEquals(
        new Finding.Halfway(
            SIX.decisionOrThrow(), List.of(FIVE, FIVE), Arrays.asList(new Ahead(SIX, B1), null)),
        finding);
    assertTrue(Attempt.from((Finding.Halfway) finding).isPresent());
  }

  @Test
  void aStepCannotBeFinishedWhoseBaseIsLost() {
    Finding finding = find(List.of(shard(0, A1), shard(1, B1)), of(has(SIX)), of(has(FIVE)));
    assertTrue(Attempt.from((Finding.Halfway) finding).isEmpty());
  }

  @Test
  void waitsWhenNoReplicaOfAShardHasAVersion() {
    assertInstanceOf(Finding.Wait.class, find(List.of(shard(0, A1, B1)), of(has(), has())));
  }

  /** Trace 27: waiting would not bring the version back. */
  @Test
  void aVersionThatIsDamagedInEveryReplicaIsGivenUpUnderANewGeneration() {
    List<ShardMembers> shards = List.of(shard(0, A1, B1));
    assertInstanceOf(Finding.FallenBack.class, find(shards, of(damaged(FIVE), damaged(FIVE))));
    assertInstanceOf(Finding.Halfway.class, find(shards, of(damaged(FIVE), has(SIX, FIVE))));
  }

  @Test
  void aReplicaWithoutAVersionBecomesALearner() {
    Finding finding = find(List.of(shard(0, A1, B1)), of(has(), has(FIVE)));
    assertEquals(List.of(withLearner(shard(0, B1), A1)), ((Finding.Reassign) finding).shards());
  }

  /** Trace 15: a power cut under interval sync puts a node some versions back. */
  @Test
  void aReplicaMoreThanOneVersionBehindBecomesALearner() {
    Finding finding = find(List.of(shard(0, A1, B1)), of(has(record(3, "")), has(SIX, FIVE)));
    assertEquals(List.of(withLearner(shard(0, B1), A1)), ((Finding.Reassign) finding).shards());
  }

  @Test
  void shardsMoreThanOneVersionApartAreCorrupt() {
    assertInstanceOf(
        Finding.Corrupt.class,
        find(List.of(shard(0, A1), shard(1, B1)), of(has(FOUR)), of(has(SIX, FIVE))));
  }

  /** Trace 12: the second coordinator must not take unequal bits for committed. */
  @Test
  void unequalBitsOfTwoAreDoubtedAndOfThreeTheMajorityWins() {
    CommitRecord odd = record(5, " flipped");
    assertInstanceOf(
        Finding.Unequal.class, find(List.of(shard(0, A1, B1)), of(has(FIVE), has(odd))));
    Finding finding = find(List.of(shard(0, A1, B1, C1)), of(has(odd), has(FIVE), has(FIVE)));
    assertEquals(List.of(withLearner(shard(0, B1, C1), A1)), ((Finding.Reassign) finding).shards());
  }

  @Test
  void unequalBitsOfTheVersionAheadAreNoticedToo() {
    assertInstanceOf(
        Finding.Unequal.class,
        find(
            List.of(shard(0, A1, B1), shard(1, A1)),
            of(has(SIX, FIVE), has(record(6, " flipped"), FIVE)),
            of(has(FIVE))));
  }

  @Test
  void whoeverHoldsTheGradientBecomesOwner() {
    Finding finding = find(List.of(shard(0, A1, B1)), of(has(FIVE), holding("g", FIVE)));
    assertEquals(B1, ((Finding.Reassign) finding).shards().getFirst().owner());
    assertInstanceOf(
        Finding.Level.class,
        find(List.of(shard(0, A1, B1)), of(holding("g", FIVE), holding("g'", FIVE))));
  }

  /** Trace 10: its gradient is of no use where a replica has the next version. */
  @Test
  void noOwnerIsSoughtForAShardThatCopies() {
    assertInstanceOf(
        Finding.Halfway.class,
        find(List.of(shard(0, A1, B1)), of(has(SIX, FIVE), holding("g", FIVE))));
  }

  /** Trace 13: whoever takes the job over counts on. */
  @Test
  void theCountOfSkippedStepsComesBackWithTheRecords() {
    CommitRecord skipped = new CommitRecord(6, null, skip(5), FIVE.parameters(), FIVE.state());
    Finding finding = find(List.of(shard(0, A1)), of(has(skipped, FIVE)));
    assertEquals(1, Attempt.from((Finding.Level) finding).skipsBefore());
  }
}
