package dev.sampo.protocol.coordinator;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.digest;
import static dev.sampo.protocol.Examples.inStatus;
import static dev.sampo.protocol.Examples.job;
import static dev.sampo.protocol.Examples.record;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static dev.sampo.protocol.Examples.withLearner;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.GradientFacts;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.Orders;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Applied;
import dev.sampo.protocol.message.Message.Apply;
import dev.sampo.protocol.message.Message.Base;
import dev.sampo.protocol.message.Message.CaughtUp;
import dev.sampo.protocol.message.Message.Committed;
import dev.sampo.protocol.message.Message.Grant;
import dev.sampo.protocol.message.Message.LacksGradient;
import dev.sampo.protocol.message.Message.Reduced;
import dev.sampo.protocol.message.Message.Report;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What people order goes through the register, is done once, and between two steps. */
class OrderTest {
  private static final Configuration PAIR = running(7, shard(0, A1, B1));
  private static final CommitRecord FIVE = record(5, "");
  private static final CommitRecord SIX = record(6, "");
  private static final Order PAUSE = order("ada", 1, Order.Kind.PAUSE);
  private static final Order RESUME = order("ada", 2, Order.Kind.RESUME);

  private final Script script = new Script(Script.everyone());

  private static Order order(String issuer, long number, Order.Kind kind) {
    return new Order(job(1).id(), issuer, number, kind, "");
  }

  private static Order cancel(long number, String why) {
    return new Order(job(1).id(), "ada", number, Order.Kind.CANCEL, why);
  }

  private Submission hand(Order order) {
    return script.coordinator().order(order);
  }

  private String refusal(Order order) {
    return assertInstanceOf(Submission.Refused.class, hand(order)).reason();
  }

  private Configuration proposed() {
    return script.last(Accept.class).configuration();
  }

  private Configuration inForce() {
    return script.coordinator().configuration().orElseThrow();
  }

  private void report(CommitRecord... records) {
    script.idle(Script.everyone());
    script.report(0, A1, records);
    script.report(0, B1, records);
  }

  private void atVersionFive() {
    script.takeUp(PAIR);
    report(FIVE);
  }

  private void obey(Order order) {
    hand(order);
    script.tick();
    script.accept();
  }

  private void reduced() {
    GradientFacts facts = new GradientFacts(digest("g"), 1.0, true, 4.0);
    script.hear(A1, new Reduced(script.fence(), 0, 5, facts));
  }

  @Test
  void anOrderIsTakenOnlyWhenTheRegisterHoldsIt() {
    assertInstanceOf(Submission.Later.class, hand(PAUSE), "no configuration is known");
    atVersionFive();
    assertInstanceOf(Submission.Later.class, hand(PAUSE));
    script.tick();
    assertEquals(Orders.Pace.PAUSED, proposed().orders().pace());
    assertInstanceOf(Submission.Later.class, hand(PAUSE), "proposed, and accepted by nobody");
    script.accept();
    assertInstanceOf(Submission.Taken.class, hand(PAUSE));
  }

  @Test
  void whatIsOrderedTwiceIsDoneOnce() {
    atVersionFive();
    obey(PAUSE);
    report(FIVE);
    obey(RESUME);
    report(FIVE);
    assertInstanceOf(Submission.Taken.class, hand(RESUME));
    refusal(PAUSE);
    script.forget();
    script.tick();
    assertEquals(List.of(), script.proposals(), "a late repetition changes nothing");
    assertEquals(Orders.Pace.STEPPING, inForce().orders().pace());
  }

  /** A coordinator may die between an order and its answer; the next one has it from the voters. */
  @Test
  void anOrderThatTheRegisterHoldsIsDoneWhoeverLeads() {
    script.takeUp(PAIR.next().ordered(PAUSE));
    report(FIVE);
    assertInstanceOf(Submission.Taken.class, hand(PAUSE));
    script.tick();
    assertEquals(List.of(), script.all(Grant.class));
  }

  @Test
  void inAPauseNoStepIsLedAndWhatComesLateIsLeftAlone() {
    atVersionFive();
    obey(PAUSE);
    script.forget();
    report(FIVE);
    script.tick();
    reduced();
    script.pass(10_000_000);
    script.tick();
    assertEquals(List.of(), script.all(Grant.class));
    assertEquals(List.of(), script.all(Apply.class));
    assertEquals(List.of(), script.proposals(), "who is paused does not stand still");
    assertEquals(5, script.last(Base.class).step());
    assertEquals(5, script.last(Committed.class).version());
  }

  @Test
  void afterAPauseTheStepIsLedThatWasNot() {
    atVersionFive();
    obey(PAUSE);
    report(FIVE);
    obey(RESUME);
    script.forget();
    report(FIVE);
    script.tick();
    assertEquals(5, script.last(Grant.class).step());
  }

  /** As trace 26: what is ordered when an Apply may have been sent holds from the next step on. */
  @Test
  void anOrderWaitsForTheStepWhoseApplyWasSent() {
    atVersionFive();
    reduced();
    hand(PAUSE);
    script.forget();
    script.tick();
    assertEquals(List.of(), script.proposals(), "step 5 is being applied");
    script.hear(A1, new Applied(script.fence(), 0, SIX));
    script.hear(B1, new Applied(script.fence(), 0, SIX));
    assertEquals(6, script.notes(Note.VersionCommitted.class).getLast().version());
    assertEquals(Orders.Pace.PAUSED, proposed().orders().pace());
    assertEquals(List.of(), script.all(Grant.class), "step 6 never began");
  }

  /** As trace 26: another coordinator may have sent the Apply. */
  @Test
  void aStepThatWasFoundHalfwayIsFinishedInAPause() {
    script.takeUp(PAIR.ordered(PAUSE));
    script.idle(Script.everyone());
    script.report(0, A1, SIX, FIVE);
    script.report(0, B1, FIVE);
    script.tick();
    script.hear(A1, new Applied(script.fence(), 0, SIX));
    script.hear(B1, new Applied(script.fence(), 0, SIX));
    assertEquals(6, script.notes(Note.VersionCommitted.class).getLast().version());
    script.tick();
    assertEquals(List.of(), script.all(Grant.class));
    assertEquals(6, script.last(Base.class).step(), "paused at what was finished");
  }

  @Test
  void aPausedJobHealsItsCopies() {
    script.takeUp(running(7, withLearner(shard(0, A1), B1)).ordered(PAUSE));
    script.idle(Script.everyone());
    script.report(0, A1, FIVE);
    script.tick();
    assertTrue(script.hearersOf(Report.class).contains(B1), "a learner is reminded of the fence");
    script.hear(B1, new CaughtUp(script.fence(), 0, FIVE));
    assertEquals(List.of(A1, B1), proposed().shards().getFirst().replicas());
    assertEquals(Orders.Pace.PAUSED, proposed().orders().pace());
  }

  @Test
  void aPausedJobMindsDamageAndDeath() {
    script.takeUp(PAIR.ordered(PAUSE));
    report(FIVE);
    long number = inForce().number();
    script.hear(B1, new LacksGradient(script.fence(), 0, 5));
    assertEquals(number + 1, proposed().number());
    script.accept();
    report(FIVE);
    script.alive(A1, C1);
    script.tick();
    assertEquals(List.of(A1), proposed().shards().getFirst().replicas());
    assertEquals(List.of(C1), proposed().shards().getFirst().learners());
  }

  @Test
  void aCancelledJobStopsForTheReasonThatWasGivenAndObeysNothingMore() {
    atVersionFive();
    obey(cancel(1, "the data is wrong"));
    assertEquals(JobStatus.STOPPED, inForce().status());
    assertEquals("the data is wrong", inForce().reason());
    assertInstanceOf(Submission.Taken.class, hand(cancel(1, "the data is wrong")));
    assertTrue(refusal(RESUME).contains("status=STOPPED, reason=the data is wrong"));
  }

  /** The only copy may never come back. */
  @Test
  void aJobThatWaitsForALostReplicaCanBeCancelled() {
    script.alive(B1, C1);
    script.takeUp(running(7, shard(0, A1)));
    script.accept();
    script.tick();
    hand(cancel(1, "the machine is gone"));
    script.tick();
    assertEquals(JobStatus.STOPPED, proposed().status());
  }

  /** Begun anew it is another run, and what a late repetition meant is the one before. */
  @Test
  void aCancelledJobThatBeginsAnewDoesNotHearTheOldOrder() {
    Order cancel = cancel(1, "too soon");
    atVersionFive();
    obey(cancel);
    script.coordinator().submit(job(1));
    script.tick();
    script.accept();
    assertEquals(JobStatus.CREATED, inForce().status());
    assertEquals(PAIR.generation() + 1, inForce().generation(), "version 5 need not be any more");
    assertInstanceOf(Submission.Taken.class, hand(cancel));
    script.tick();
    assertEquals(JobStatus.CREATED, inForce().status());
  }

  @Test
  void ordersOfSeveralPeopleAreAllDoneOneAfterTheOther() {
    atVersionFive();
    hand(PAUSE);
    hand(order("bob", 9, Order.Kind.RESUME));
    script.tick();
    script.accept();
    assertEquals(Orders.Pace.PAUSED, inForce().orders().pace());
    report(FIVE);
    script.tick();
    script.accept();
    assertEquals(Orders.Pace.STEPPING, inForce().orders().pace());
    assertEquals(2, inForce().orders().last().size());
  }

  @Test
  void refusesWhatCannotBeMeant() {
    atVersionFive();
    Order other = new Order(new JobId("00000000000000bb"), "ada", 1, Order.Kind.PAUSE, "");
    assertTrue(refusal(other).startsWith("an order is for the job that the cluster has"));
    obey(order("ada", 5, Order.Kind.PAUSE));
    assertTrue(refusal(RESUME).startsWith("an issuer's orders have rising numbers"));
    assertTrue(
        refusal(order("ada", 5, Order.Kind.RESUME)).contains("rising numbers"),
        "the same number means another order");
    assertThrows(IllegalArgumentException.class, () -> order("", 1, Order.Kind.PAUSE));
    assertThrows(IllegalArgumentException.class, () -> order("ada", 0, Order.Kind.PAUSE));
  }

  @Test
  void refusesAnOrderWhenThereIsNoJob() {
    script.promise(null);
    assertTrue(refusal(PAUSE).startsWith("an order is for a job, and there is none"));
  }

  @Test
  void theRegisterRemembersALimitedNumberOfIssuers() {
    Configuration full = PAIR;
    for (int issuer = 0; issuer < Orders.MOST_ISSUERS; issuer++) {
      full = full.ordered(order("issuer " + issuer, 1, Order.Kind.RESUME));
    }
    script.takeUp(full);
    report(FIVE);
    assertTrue(refusal(PAUSE).contains("limit=64"));
    assertInstanceOf(Submission.Later.class, hand(order("issuer 3", 2, Order.Kind.PAUSE)));
  }

  @Test
  void aFinishedJobObeysNothing() {
    script.takeUp(inStatus(JobStatus.FINISHED, 7, shard(0, A1, B1)));
    assertTrue(refusal(PAUSE).contains("status=FINISHED"));
  }
}
