package dev.sampo.protocol.coordinator;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.anotherJob;
import static dev.sampo.protocol.Examples.audited;
import static dev.sampo.protocol.Examples.digest;
import static dev.sampo.protocol.Examples.inStatus;
import static dev.sampo.protocol.Examples.job;
import static dev.sampo.protocol.Examples.record;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static dev.sampo.protocol.Examples.wrong;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.GradientFacts;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.Origin;
import dev.sampo.protocol.Verdicts;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Apply;
import dev.sampo.protocol.message.Message.Committed;
import dev.sampo.protocol.message.Message.Reduced;
import dev.sampo.protocol.message.Message.Reported;
import dev.sampo.protocol.message.ReplicaReport;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A job goes back to a snapshot, once, under another generation, on those who have loaded it. */
class RestoreTest {
  private static final Configuration PAIR = running(7, shard(0, A1, B1));
  private static final CommitRecord FIVE = record(5, "");
  private static final CommitRecord THREE = record(3, "");
  private static final Origin ORIGIN = new Origin(1, 3, "/snapshots/v3", "3a");

  private final Script script = new Script(Script.everyone());

  private Submission restore(Origin origin) {
    return script.coordinator().submit(job(1), origin);
  }

  private Configuration inForce() {
    return script.coordinator().configuration().orElseThrow();
  }

  private void atVersionFive() {
    script.takeUp(PAIR);
    script.idle(Script.everyone());
    script.report(0, A1, FIVE);
    script.report(0, B1, FIVE);
  }

  private void cannotLoad(Member replica) {
    script.hear(replica, new Reported(script.fence(), 0, ReplicaReport.none("it is not there")));
  }

  private void begin(Origin origin) {
    assertInstanceOf(Submission.Later.class, restore(origin));
    script.tick();
    script.accept();
  }

  @Test
  void aRunningJobGoesBackEvenInTheMiddleOfAStep() {
    atVersionFive();
    script.hear(A1, new Reduced(script.fence(), 0, 5, new GradientFacts(digest("g"), 1, true, 4)));
    assertFalse(script.all(Apply.class).isEmpty());
    begin(ORIGIN);
    assertEquals(PAIR.generation() + 1, inForce().generation());
    assertEquals(JobStatus.CREATED, inForce().status());
    assertEquals(ORIGIN, inForce().orders().origin());
    assertEquals(PAIR.voters(), inForce().voters());
    assertInstanceOf(Submission.Taken.class, restore(ORIGIN));
  }

  @Test
  void itGoesOnFromTheVersionThatAllHaveLoaded() {
    atVersionFive();
    begin(ORIGIN);
    script.idle(Script.everyone());
    inForce().shards().getFirst().replicas().forEach(r -> script.report(0, r, THREE));
    script.accept();
    assertEquals(JobStatus.RUNNING, inForce().status());
    script.forget();
    script.idle(Script.everyone());
    inForce().shards().getFirst().replicas().forEach(r -> script.report(0, r, THREE));
    assertEquals(3, script.last(Committed.class).version());
  }

  /** The device is what it was; only what was gathered is given up. */
  @Test
  void whoeverWasFoundToBeWrongIsSoInTheNextRunToo() {
    script.takeUp(audited(7, shard(0, A1, B1)).quarantining(List.of(wrong(C1))));
    begin(ORIGIN);
    assertEquals(List.of(wrong(C1)), inForce().verdicts().quarantined());
  }

  @Test
  void anotherJobBeginsWithoutVerdicts() {
    script.takeUp(
        inStatus(JobStatus.FINISHED, 7, shard(0, A1, B1)).quarantining(List.of(wrong(C1))));
    script.coordinator().submit(anotherJob());
    script.tick();
    script.accept();
    assertEquals(Verdicts.NONE, inForce().verdicts());
  }

  @Test
  void whatIsOrderedTwiceIsDoneOnce() {
    atVersionFive();
    begin(ORIGIN);
    script.forget();
    script.tick();
    assertInstanceOf(Submission.Taken.class, restore(ORIGIN));
    assertInstanceOf(Submission.Refused.class, restore(new Origin(1, 2, "/snapshots/v2", "2a")));
    script.tick();
    assertEquals(List.of(), script.all(Accept.class));
  }

  @Test
  void aRestoreThatANewerRunHasOvertakenIsRefused() {
    script.takeUp(inStatus(JobStatus.STOPPED, 7, shard(0, A1, B1)).next().nextGeneration());
    begin(ORIGIN);
    script.coordinator().submit(job(1));
    assertEquals(ORIGIN, inForce().orders().forTheNextRun(ORIGIN).origin());
    assertEquals(1, inForce().orders().forTheNextRun(Origin.VERSION_ZERO).origin().number());
    assertFalse(inForce().orders().forTheNextRun(Origin.VERSION_ZERO).origin().namesASnapshot());
  }

  @Test
  void aFinishedJobGoesBackToo() {
    script.takeUp(inStatus(JobStatus.FINISHED, 7, shard(0, A1, B1)));
    begin(ORIGIN);
    assertEquals(JobStatus.CREATED, inForce().status());
    assertEquals(1, inForce().generation());
  }

  @Test
  void whoCannotLoadTheSnapshotBecomesALearner() {
    atVersionFive();
    begin(ORIGIN);
    script.idle(Script.everyone());
    List<Member> replicas = inForce().shards().getFirst().replicas();
    script.report(0, replicas.getFirst(), THREE);
    cannotLoad(replicas.getLast());
    script.accept();
    assertEquals(List.of(replicas.getFirst()), inForce().shards().getFirst().replicas());
    assertEquals(List.of(replicas.getLast()), inForce().shards().getFirst().learners());
  }

  @Test
  void whereNobodyCanLoadItOthersAreAskedAndThenAllOnceMore() {
    atVersionFive();
    begin(ORIGIN);
    script.idle(Script.everyone());
    List<Member> first = inForce().shards().getFirst().replicas();
    first.forEach(this::cannotLoad);
    script.tick();
    assertTrue(
        script.notes(Note.Waiting.class).getLast().reason().contains("reason=it is not there"));
    script.accept();
    List<Member> second = inForce().shards().getFirst().replicas();
    assertEquals(1, second.size());
    assertFalse(first.contains(second.getFirst()));
    script.idle(Script.everyone());
    script.report(0, second.getFirst());
    cannotLoad(second.getFirst());
    script.forget();
    script.pass(Script.SETTINGS.restartGraceMs());
    script.tick();
    assertEquals(
        1, script.all(Accept.class).stream().map(Accept::configuration).distinct().count());
  }

  /** The one way on when every copy of a shard is gone. */
  @Test
  void aJobThatWaitsForItsLastStoreGoesBackWhenThatIsOrdered() {
    script.alive(C1);
    script.takeUp(PAIR);
    script.tick();
    begin(ORIGIN);
    assertEquals(List.of(C1), inForce().shards().getFirst().replicas());
  }
}
