package dev.sampo.protocol.coordinator;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.digest;
import static dev.sampo.protocol.Examples.job;
import static dev.sampo.protocol.Examples.record;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Evaluations;
import dev.sampo.protocol.GradientFacts;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.Orders;
import dev.sampo.protocol.SnapshotOrder;
import dev.sampo.protocol.SnapshotRule;
import dev.sampo.protocol.Verdicts;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Applied;
import dev.sampo.protocol.message.Message.Apply;
import dev.sampo.protocol.message.Message.Keep;
import dev.sampo.protocol.message.Message.Kept;
import dev.sampo.protocol.message.Message.Publish;
import dev.sampo.protocol.message.Message.Published;
import dev.sampo.protocol.message.Message.Reduced;
import dev.sampo.protocol.message.Message.Written;
import dev.sampo.protocol.message.WrittenPart;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A snapshot is of a committed version, whole, and disturbs no step. */
class SnapshotTest {
  private static final Configuration PAIR = every(5);
  private static final CommitRecord FIVE = record(5, "");
  private static final CommitRecord SIX = record(6, "");

  private final Script script = new Script(Script.everyone());

  private static Configuration every(long steps) {
    Configuration plain = running(7, shard(0, A1, B1));
    return new Configuration(
        0,
        7,
        job(1).withSnapshots(new SnapshotRule(steps, 2)),
        JobStatus.RUNNING,
        plain.voters(),
        plain.shards(),
        plain.kernelClass(),
        "",
        Orders.NONE,
        Evaluations.NONE,
        Verdicts.NONE);
  }

  private void at(Configuration found, CommitRecord version) {
    script.takeUp(found);
    script.idle(Script.everyone());
    script.report(0, A1, version);
    script.report(0, B1, version);
  }

  private void reduced(long step) {
    GradientFacts facts = new GradientFacts(digest("g" + step), 1.0, true, 4.0);
    script.hear(A1, new Reduced(script.fence(), 0, step, facts));
  }

  private void applied(CommitRecord record) {
    script.hear(A1, new Applied(script.fence(), 0, record));
    script.hear(B1, new Applied(script.fence(), 0, record));
  }

  private void kept() {
    script.hear(A1, new Kept(script.fence(), 0, 5));
  }

  private void written(CommitRecord record, String failure) {
    script.hear(A1, new Written(script.fence(), new WrittenPart(0, record, 9, failure)));
  }

  private void published() {
    script.hear(A1, new Published(script.fence(), 5, "", "a folder"));
  }

  @Test
  void whatIsDueIsAskedForWhenItIsCommitted() {
    at(PAIR, FIVE);
    assertEquals(List.of(A1), script.hearersOf(Keep.class));
    assertEquals(FIVE, script.last(Keep.class).record());
    kept();
    written(FIVE, "");
    assertEquals(FIVE, script.last(Publish.class).parts().getFirst().record());
    published();
    assertEquals(5, script.notes(Note.SnapshotTaken.class).getLast().version());
    script.forget();
    script.tick();
    assertEquals(List.of(), script.all(Keep.class), "once");
  }

  @Test
  void whatIsNotDueIsNotAskedFor() {
    at(every(4), FIVE);
    script.tick();
    assertEquals(List.of(), script.all(Keep.class));
  }

  /** The first half of trace 24, and trace 19: step 5 leaves version 5 alone, step 6 does not. */
  @Test
  void theStepThatWouldOverwriteItWaitsForTheCopyAndNoOtherDoes() {
    at(PAIR, FIVE);
    reduced(5);
    assertEquals(5, script.last(Apply.class).decision().step());
    applied(SIX);
    script.forget();
    reduced(6);
    script.tick();
    assertEquals(List.of(), script.all(Apply.class));
    kept();
    assertEquals(6, script.last(Apply.class).decision().step());
  }

  /** The second half of trace 24. */
  @Test
  void isDroppedWhenWhoCopiedIsNoReplicaAnyMore() {
    at(PAIR, FIVE);
    kept();
    reduced(5);
    applied(SIX);
    script.alive(B1, C1);
    script.tick();
    script.accept();
    assertTrue(
        script.notes(Note.SnapshotFailed.class).getLast().reason().startsWith("whoever copied"));
    script.idle(B1, C1);
    script.report(0, B1, SIX);
    script.forget();
    written(FIVE, "");
    script.tick();
    assertEquals(List.of(), script.all(Publish.class));
  }

  @Test
  void outlivesAChangeOfConfigurationThatLeavesItsKeepers() {
    at(PAIR, FIVE);
    kept();
    script.alive(A1, C1);
    script.tick();
    script.accept();
    script.idle(A1, C1);
    script.report(0, A1, FIVE);
    written(FIVE, "");
    assertEquals(1, script.last(Publish.class).parts().size());
  }

  @Test
  void aPartWithOtherBitsThanWereCommittedIsNoPart() {
    at(PAIR, FIVE);
    kept();
    written(record(5, " other"), "");
    assertEquals(List.of(), script.all(Publish.class));
    assertTrue(
        script.notes(Note.SnapshotFailed.class).getLast().reason().startsWith("a part has other"));
  }

  @Test
  void anOrderedOneIsToldOfThroughTheRegister() {
    at(every(0), FIVE);
    script.coordinator().order(new Order(job(1).id(), "ada", 1, Order.Kind.SNAPSHOT, ""));
    script.tick();
    assertEquals(
        SnapshotOrder.WANTED, script.last(Accept.class).configuration().orders().snapshot());
    script.accept();
    script.idle(Script.everyone());
    script.report(0, A1, FIVE);
    script.report(0, B1, FIVE);
    kept();
    written(FIVE, "no room");
    script.tick();
    assertEquals(
        new SnapshotOrder(SnapshotOrder.State.FAILED, 5, "no room"),
        script.last(Accept.class).configuration().orders().snapshot());
  }

  /** The next coordinator finds in the register what is wanted. */
  @Test
  void anOrderedOneIsTakenWhoeverLeads() {
    Order order = new Order(job(1).id(), "ada", 1, Order.Kind.SNAPSHOT, "");
    at(every(0).ordered(order), FIVE);
    assertEquals(List.of(A1), script.hearersOf(Keep.class));
  }

  @Test
  void theJobEndsWhenTheSnapshotOfItsLastVersionIsWhole() {
    at(PAIR, record(10, ""));
    script.tick();
    assertEquals(List.of(A1), script.hearersOf(Keep.class));
    assertEquals(JobStatus.RUNNING, script.last(Accept.class).configuration().status());
    script.hear(A1, new Kept(script.fence(), 0, 10));
    written(record(10, ""), "");
    script.hear(A1, new Published(script.fence(), 10, "", "a folder"));
    script.tick();
    assertEquals(JobStatus.FINISHED, script.last(Accept.class).configuration().status());
  }
}
