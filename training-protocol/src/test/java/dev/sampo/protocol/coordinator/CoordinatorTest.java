package dev.sampo.protocol.coordinator;

import static dev.sampo.protocol.Examples.A;
import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.B2;
import static dev.sampo.protocol.Examples.C;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.anotherJob;
import static dev.sampo.protocol.Examples.decision;
import static dev.sampo.protocol.Examples.digest;
import static dev.sampo.protocol.Examples.job;
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
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.GradientFacts;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.Term;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Accepted;
import dev.sampo.protocol.message.Message.Applied;
import dev.sampo.protocol.message.Message.Apply;
import dev.sampo.protocol.message.Message.Base;
import dev.sampo.protocol.message.Message.CaughtUp;
import dev.sampo.protocol.message.Message.CopyFrom;
import dev.sampo.protocol.message.Message.Fenced;
import dev.sampo.protocol.message.Message.Grant;
import dev.sampo.protocol.message.Message.LacksGradient;
import dev.sampo.protocol.message.Message.Prepare;
import dev.sampo.protocol.message.Message.Reduced;
import dev.sampo.protocol.message.Message.Report;
import dev.sampo.protocol.message.Message.WorkerReported;
import dev.sampo.protocol.message.Scrutiny;
import dev.sampo.protocol.message.WorkerReport;
import java.util.List;
import org.junit.jupiter.api.Test;

class CoordinatorTest {
  private static final Configuration PAIR = running(7, shard(0, A1, B1));
  private static final CommitRecord FIVE = record(5, "");
  private static final CommitRecord SIX = record(6, "");

  private final Script script = new Script(Script.everyone());

  private static GradientFacts facts(String gradient) {
    return new GradientFacts(digest(gradient), 1.0, !gradient.contains("NaN"), 4.0);
  }

  private void reduced(int shard, Member owner, String gradient) {
    script.hear(owner, new Reduced(script.fence(), shard, 5, facts(gradient)));
  }

  private void applied(int shard, Member replica, CommitRecord record) {
    script.hear(replica, new Applied(script.fence(), shard, record));
  }

  /** Both replicas are at version 5, the workers have nothing: step 5 begins. */
  private void atVersionFive() {
    script.takeUp(PAIR);
    script.idle(Script.everyone());
    script.report(0, A1, FIVE);
    script.report(0, B1, FIVE);
  }

  /** Trace 8: one replica has applied when the owner's node restarts. */
  @Test
  void asksForReportsAfterEveryChangeOfFenceAndFinishesWhatWasDecided() {
    atVersionFive();
    reduced(0, A1, "g");
    applied(0, B1, SIX);
    script.alive(A1, B2, C1);
    script.forget();
    script.tick();
    script.accept();
    assertEquals(List.of(), script.all(Apply.class));
    assertEquals(List.of(), script.all(Grant.class));
    script.idle(A1, B2, C1);
    script.report(0, A1, FIVE);
    script.report(0, B2, SIX, FIVE);
    CopyFrom copy = script.last(CopyFrom.class);
    assertEquals(B2, copy.source());
    assertEquals(SIX, copy.record());
    assertEquals(List.of(), script.all(Grant.class));
    applied(0, B2, SIX);
    applied(0, A1, SIX);
    Note.VersionCommitted committed = script.notes(Note.VersionCommitted.class).getLast();
    assertEquals(6, committed.version());
    assertEquals(decision(5), committed.decision());
  }

  /** Trace 10. */
  @Test
  void copiesWithinAShardOfWhichOneReplicaIsAhead() {
    script.takeUp(running(7, shard(0, A1, B1), shard(1, A1, B1)));
    script.idle(Script.everyone());
    script.report(0, A1, FIVE);
    script.report(0, B1, SIX, FIVE);
    script.report(1, A1, FIVE);
    script.report(1, B1, FIVE);
    script.tick();
    assertEquals(List.of(A1, B1), script.hearersOf(CopyFrom.class));
    // Only the shard that nobody has applied is reduced anew, with the decision of the records.
    assertTrue(script.all(Base.class).stream().allMatch(base -> base.step() == 5));
    script.hear(A1, new Reduced(script.fence(), 1, 5, facts("anew")));
    assertEquals(decision(5), script.last(Apply.class).decision());
    assertEquals(digest("anew"), script.last(Apply.class).gradient());
  }

  /** Trace 6, the coordinator's side. */
  @Test
  void ignoresWhatWasReducedUnderAnOlderFence() {
    atVersionFive();
    Fence old = script.fence();
    script.alive(A1, B2, C1);
    script.tick();
    script.accept();
    script.idle(A1, B2, C1);
    script.report(0, A1, FIVE);
    script.report(0, B2, FIVE);
    script.forget();
    script.hear(A1, new Reduced(old, 0, 5, facts("g of the old fence")));
    script.tick();
    assertEquals(List.of(), script.all(Apply.class));
    reduced(0, A1, "g");
    assertEquals(digest("g"), script.last(Apply.class).gradient());
  }

  @Test
  void countsOnlyTheFirstReducedOfAnOwnerUnderOneFence() {
    atVersionFive();
    reduced(0, A1, "g");
    reduced(0, A1, "g'");
    script.tick();
    assertTrue(script.all(Apply.class).stream().allMatch(a -> digest("g").equals(a.gradient())));
  }

  /** Found by the simulator (seed 3170). */
  @Test
  void aSkippedStepsGradientToldOfAgainDoesNotStopTheJob() {
    CommitRecord skipped = new CommitRecord(6, null, skip(5), FIVE.parameters(), FIVE.state());
    script.takeUp(running(7, shard(0, A1, B1), shard(1, A1, B1)));
    script.idle(Script.everyone());
    script.report(0, A1, FIVE);
    script.report(0, B1, FIVE);
    script.report(1, A1, skipped, FIVE);
    script.report(1, B1, FIVE);
    reduced(0, A1, "NaN");
    applied(0, A1, skipped);
    applied(0, B1, skipped);
    applied(1, A1, skipped);
    applied(1, B1, skipped);
    assertEquals(6, script.notes(Note.VersionCommitted.class).getLast().version());
  }

  /** Trace 22. */
  @Test
  void stopsWhenAGradientReducedAnewIsNotFiniteThoughItsStepWasNotSkipped() {
    script.takeUp(running(7, shard(0, A1, B1), shard(1, A1, B1)));
    script.idle(Script.everyone());
    script.report(0, A1, FIVE);
    script.report(0, B1, FIVE);
    script.report(1, A1, SIX, FIVE);
    script.report(1, B1, FIVE);
    reduced(0, A1, "NaN");
    assertEquals(JobStatus.STOPPED, script.last(Accept.class).configuration().status());
  }

  @Test
  void raisesTheFenceWhenAReplicaLacksTheGradient() {
    atVersionFive();
    long number = script.fence().number();
    reduced(0, A1, "g");
    script.hear(B1, new LacksGradient(script.fence(), 0, 5));
    assertEquals(number + 1, script.last(Accept.class).configuration().number());
  }

  private void reportUnequal() {
    script.tick();
    script.accept();
    script.idle(Script.everyone());
    script.report(0, A1, SIX, FIVE);
    script.report(0, B1, record(6, " odd"), FIVE);
  }

  /** PROTOCOL 2.6: two that differ look at their bytes, then make the version once more. */
  @Test
  void whoDiffersLooksCloserAndCloserBeforeTheJobStops() {
    atVersionFive();
    reduced(0, A1, "g");
    applied(0, A1, SIX);
    script.forget();
    applied(0, B1, record(6, " odd"));
    reportUnequal();
    assertEquals(Scrutiny.BYTES, script.last(Report.class).scrutiny());
    reportUnequal();
    assertEquals(Scrutiny.ARITHMETIC, script.last(Report.class).scrutiny());
    assertEquals(JobStatus.STOPPED, script.last(Accept.class).configuration().status());
  }

  /** Trace 29: an owner's flipped parameters would be pulled in vain for ever. */
  @Test
  void aStepThatStandsStillMakesReplicasCheckTheirBytes() {
    atVersionFive();
    script.tick();
    script.forget();
    script.pass(Script.SETTINGS.doubtMs());
    script.tick();
    script.accept();
    assertEquals(Scrutiny.BYTES, script.last(Report.class).scrutiny());
  }

  @Test
  void aVoterThatIsGoneIsSucceededByAMajorityOfTheNewSet() {
    Member d1 = new Member(new NodeId("d"), 1);
    script.alive(A1, B1, d1);
    atVersionFive();
    script.hear(d1, new WorkerReported(script.fence(), new WorkerReport(0, -1, null, List.of())));
    script.tick();
    script.forget();
    script.pass(Script.SETTINGS.voterGraceMs());
    script.tick();
    Accept accept = script.last(Accept.class);
    assertEquals(List.of(A, B, C, d1.node()), accept.configuration().voters());
    assertEquals(List.of(d1.node()), script.votersAsked(), "trace 31: the new one first");
    script.hear(
        Member.anyOf(d1.node()), new Accepted(accept.term(), accept.configuration().number()));
    assertEquals(4, script.votersAsked().size());
    script.hear(Member.anyOf(A), new Accepted(accept.term(), accept.configuration().number()));
    script.tick();
    assertEquals(List.of(), script.all(Report.class), "two of four are no majority");
    script.hear(Member.anyOf(B), new Accepted(accept.term(), accept.configuration().number()));
    assertEquals(1, script.all(Report.class).stream().map(Report::fence).distinct().count());
  }

  /** Trace 31. */
  @Test
  void aNewVoterThatIsGoneBeforeItAcceptedIsLeftOutUnderAHigherNumber() {
    Member d1 = new Member(new NodeId("d"), 1);
    script.alive(A1, B1, d1);
    atVersionFive();
    script.hear(d1, new WorkerReported(script.fence(), new WorkerReport(0, -1, null, List.of())));
    script.tick();
    script.pass(Script.SETTINGS.voterGraceMs());
    script.tick();
    Accept first = script.last(Accept.class);
    script.alive(A1, B1);
    script.tick();
    Accept second = script.last(Accept.class);
    assertEquals(List.of(A, B, C), second.configuration().voters());
    assertEquals(first.configuration().number() + 1, second.configuration().number());
  }

  @Test
  void unequalBitsAreNotCommitted() {
    atVersionFive();
    reduced(0, A1, "g");
    applied(0, A1, SIX);
    applied(0, B1, record(6, " other"));
    assertEquals(List.of(), script.notes(Note.VersionCommitted.class));
  }

  @Test
  void standsDownWhenAHigherFenceIsKnownAndComesBackAboveIt() {
    atVersionFive();
    Fence higher = new Fence(0, new Term(40, B), PAIR.number() + 9);
    script.hear(B1, new Fenced(script.fence(), higher));
    assertEquals(1, script.notes(Note.StoodDown.class).size());
    script.forget();
    script.tick();
    script.tick();
    script.tick();
    assertEquals(41, script.last(Prepare.class).term().counter());
  }

  /** Trace 4: the step may be committed without the learner. */
  @Test
  void makesALearnerAReplicaOnlyBeforeAnApplyOfTheStepWasSent() {
    Configuration healing = running(7, withLearner(shard(0, A1), B1));
    script.takeUp(healing);
    script.idle(Script.everyone());
    script.report(0, A1, FIVE);
    reduced(0, A1, "g");
    script.forget();
    script.hear(B1, new CaughtUp(script.fence(), 0, FIVE));
    assertEquals(List.of(), script.all(Accept.class));
    applied(0, A1, SIX);
    script.hear(B1, new CaughtUp(script.fence(), 0, record(6, " other bits")));
    assertEquals(List.of(), script.all(Accept.class));
    script.hear(B1, new CaughtUp(script.fence(), 0, SIX));
    assertEquals(
        List.of(A1, B1), script.last(Accept.class).configuration().shards().getFirst().replicas());
  }

  @Test
  void aJobIsTakenOnlyWhenTheRegisterHoldsIt() {
    JobSpec job = job(1);
    assertInstanceOf(Submission.Later.class, script.coordinator().submit(job));
    script.promise(null);
    assertInstanceOf(Submission.Later.class, script.coordinator().submit(job));
    script.tick();
    assertEquals(JobStatus.CREATED, script.last(Accept.class).configuration().status());
    assertInstanceOf(Submission.Later.class, script.coordinator().submit(job));
    script.accept();
    assertInstanceOf(Submission.Taken.class, script.coordinator().submit(job));
    assertInstanceOf(Submission.Refused.class, script.coordinator().submit(anotherJob()));
  }
}
