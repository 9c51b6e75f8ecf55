package dev.sampo.protocol.coordinator;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.job;
import static dev.sampo.protocol.Examples.record;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.EvaluationRule;
import dev.sampo.protocol.Evaluations;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.HeldOutLoss;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.Orders;
import dev.sampo.protocol.Origin;
import dev.sampo.protocol.Verdicts;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Evaluate;
import dev.sampo.protocol.message.Message.Evaluated;
import dev.sampo.protocol.message.Message.Grant;
import dev.sampo.protocol.message.SlotLoss;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A version is evaluated by the cluster, once, and before its step is granted. */
class EvaluatingTest {
  private static final CommitRecord FIVE = record(5, "");

  /** Added in another order than this, they come to other bits. */
  private static final List<SlotLoss> LOSSES =
      List.of(new SlotLoss(0, 1e16, 3), new SlotLoss(1, 1.0, 3), new SlotLoss(2, -1e16, 3));

  private final Script script = new Script(Script.everyone());

  /** Every five steps, on three slots. */
  private static Configuration evaluated(int stopAfter, HeldOutLoss... before) {
    Configuration plain = running(7, shard(0, A1, B1));
    Configuration found =
        new Configuration(
            0,
            7,
            job(1).withEvaluation(new EvaluationRule(5, 3, stopAfter)),
            JobStatus.RUNNING,
            plain.voters(),
            plain.shards(),
            plain.kernelClass(),
            "",
            Orders.NONE,
            Evaluations.NONE,
            Verdicts.NONE);
    for (HeldOutLoss loss : before) {
      found = found.evaluated(loss);
    }
    return found;
  }

  private void at(Configuration found, CommitRecord version) {
    script.takeUp(found);
    report(version);
  }

  private void report(CommitRecord version) {
    script.idle(Script.everyone());
    script.report(0, A1, version);
    script.report(0, B1, version);
  }

  private void find(Fence fence, long step, SlotLoss... losses) {
    script.hear(B1, new Evaluated(fence, step, List.of(losses)));
  }

  private Configuration proposed() {
    return script.last(Accept.class).configuration();
  }

  private List<Integer> slotsAsked() {
    return script.all(Evaluate.class).stream().flatMap(asked -> asked.slots().stream()).toList();
  }

  @Test
  void theRegisterHoldsTheLossBeforeTheStepIsGranted() {
    at(evaluated(0), FIVE);
    assertEquals(List.of(0, 1, 2), slotsAsked().stream().sorted().toList());
    find(script.fence(), 5, LOSSES.get(1), LOSSES.get(0));
    script.tick();
    assertEquals(Evaluations.NONE, proposed().evaluations());
    find(script.fence(), 5, LOSSES.get(2));
    assertEquals(5, proposed().evaluations().last().version());
    script.tick();
    assertEquals(List.of(), script.all(Grant.class));
    script.accept();
    assertEquals(5, script.notes(Note.VersionEvaluated.class).getLast().loss().version());
    script.forget();
    report(FIVE);
    assertEquals(5, script.last(Grant.class).step());
    assertEquals(List.of(), script.all(Evaluate.class), "once");
  }

  @Test
  void addsInSlotOrderHoweverTheyArrive() {
    double inOrder = 1e16 + 1.0 + -1e16;
    List<SlotLoss> reversed = new ArrayList<>(LOSSES);
    Collections.reverse(reversed);
    at(evaluated(0), FIVE);
    reversed.forEach(loss -> find(script.fence(), 5, loss));
    assertEquals(new HeldOutLoss(5, inOrder, 9), proposed().evaluations().last());
  }

  @Test
  void whatWasFoundOfAnotherVersionOrUnderAnotherFenceIsNotCounted() {
    at(evaluated(0), FIVE);
    Fence before = script.fence();
    find(before, 0, LOSSES.toArray(SlotLoss[]::new));
    script.alive(A1, B1);
    script.tick();
    assertEquals(Evaluations.NONE, proposed().evaluations());
    script.coordinator().order(new Order(job(1).id(), "ada", 1, Order.Kind.SNAPSHOT, ""));
    script.tick();
    script.accept();
    script.idle(A1, B1);
    script.report(0, A1, FIVE);
    script.report(0, B1, FIVE);
    find(before, 5, LOSSES.toArray(SlotLoss[]::new));
    assertEquals(Evaluations.NONE, proposed().evaluations());
  }

  @Test
  void theSlotsOfADeadWorkerAreAskedOfOthers() {
    at(evaluated(0), FIVE);
    script.forget();
    script.alive(A1, B1);
    script.tick();
    script.tick();
    assertEquals(List.of(0, 1, 2), slotsAsked().stream().distinct().sorted().toList());
    assertFalse(script.hearersOf(Evaluate.class).contains(new WorkerId(C1, 0)));
  }

  @Test
  void aJobThatGetsNoBetterIsEndedByAnOrder() {
    at(evaluated(2, new HeldOutLoss(1, 1, 9), new HeldOutLoss(2, 2, 9)), FIVE);
    find(script.fence(), 5, new SlotLoss(0, 1, 3), new SlotLoss(1, 0, 3), new SlotLoss(2, 0, 3));
    Configuration ended = proposed();
    assertEquals(JobStatus.STOPPED, ended.status());
    assertTrue(ended.reason().startsWith("no better loss on the held-out text"), ended.reason());
    Order order = ended.orders().lastOf("early stopping").orElseThrow();
    assertEquals(Order.Kind.CANCEL, order.kind());
    assertEquals(1, order.number());
    assertEquals(5, ended.evaluations().last().version(), "in one configuration");
  }

  @Test
  void theJobEndsWhenItsLastVersionIsEvaluated() {
    at(evaluated(0), record(10, ""));
    script.tick();
    assertEquals(JobStatus.RUNNING, proposed().status());
    find(script.fence(), 10, LOSSES.toArray(SlotLoss[]::new));
    script.accept();
    report(record(10, ""));
    assertEquals(JobStatus.FINISHED, proposed().status());
  }

  @Test
  void inAPauseNothingIsEvaluated() {
    at(evaluated(0).ordered(new Order(job(1).id(), "ada", 1, Order.Kind.PAUSE, "")), FIVE);
    script.tick();
    assertEquals(List.of(), script.all(Evaluate.class));
  }

  @Test
  void aJobGoesBackToASnapshotThoughNobodyEvaluates() {
    at(evaluated(0), FIVE);
    Origin origin = new Origin(1, 3, "/snapshots/v3", "3a");
    script.coordinator().submit(job(1), origin);
    script.tick();
    assertEquals(1, proposed().generation());
    assertEquals(origin, proposed().orders().origin());
  }

  @Test
  void bytesAreCheckedWhenNobodyCanComputeFromThem() {
    at(evaluated(0), FIVE);
    script.pass(Script.SETTINGS.doubtMs());
    script.tick();
    script.accept();
    assertTrue(script.notes(Note.Chosen.class).getLast().why().startsWith("a step stands still"));
  }
}
