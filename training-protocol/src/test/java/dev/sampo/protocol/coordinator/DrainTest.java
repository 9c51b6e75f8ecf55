package dev.sampo.protocol.coordinator;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.B2;
import static dev.sampo.protocol.Examples.C;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.inStatus;
import static dev.sampo.protocol.Examples.job;
import static dev.sampo.protocol.Examples.record;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Accepted;
import dev.sampo.protocol.message.Message.CaughtUp;
import dev.sampo.protocol.message.Message.Grant;
import dev.sampo.protocol.message.Message.Prepare;
import dev.sampo.protocol.message.Message.Promised;
import dev.sampo.protocol.message.Message.WorkerReported;
import dev.sampo.protocol.message.WorkerReport;
import dev.sampo.protocol.tree.TreeNode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A node that is to leave is succeeded in all that it does before it may go. */
class DrainTest {
  private static final CommitRecord FIVE = record(5, "");

  private final Script script = new Script(Script.everyone());

  private static Order drain(long number, Member leaver) {
    return new Order(job(1).id(), "ada", number, Order.Kind.DRAIN, leaver.toString());
  }

  private Submission hand(Order order) {
    return script.coordinator().order(order);
  }

  private String refusal(Member leaver) {
    return assertInstanceOf(Submission.Refused.class, hand(drain(9, leaver))).reason();
  }

  private Configuration proposed() {
    return script.last(Accept.class).configuration();
  }

  private ShardMembers members() {
    return proposed().shards().getFirst();
  }

  /** Of two voters, after the leaver has lost its vote. */
  private void acceptedBy(Member... voters) {
    Accept accept = script.last(Accept.class);
    for (Member voter : voters) {
      script.hear(
          Member.anyOf(voter.node()), new Accepted(accept.term(), accept.configuration().number()));
    }
  }

  private void report(Member... replicas) {
    script.idle(Script.everyone());
    for (Member replica : replicas) {
      script.report(0, replica, FIVE);
    }
  }

  /** Of a and b, who hold the shard, b is told to leave. */
  private void leaves(Member leaver) {
    script.takeUp(running(7, shard(0, leaver, leaver.equals(A1) ? B1 : A1)));
    report(A1, B1);
    hand(drain(1, leaver));
    script.tick();
    script.accept();
  }

  @Test
  void anotherLearnsAndIsCountedBeforeTheLeaverIsLeftOut() {
    leaves(B1);
    assertTrue(proposed().isLeaving(B1));
    report(A1, B1);
    script.tick();
    assertEquals(List.of(B1, A1), members().replicas(), "it still counts");
    assertEquals(List.of(C1), members().learners());
    script.accept();
    report(A1, B1);
    assertEquals(List.of(A1.node(), C), proposed().voters(), "its vote goes meanwhile");
    acceptedBy(A1, C1);
    report(A1, B1);
    script.tick();
    assertEquals(List.of(C1), members().learners(), "nothing changes until it has caught up");
    script.hear(C1, new CaughtUp(script.fence(), 0, FIVE));
    assertEquals(List.of(B1, A1, C1), members().replicas());
    assertFalse(proposed().mayLeave(B1));
    acceptedBy(A1, C1);
    report(A1, B1, C1);
    assertEquals(new ShardMembers(0, List.of(A1, C1), A1, List.of()), members());
    assertTrue(proposed().mayLeave(B1));
    assertFalse(proposed().mayLeave(B2), "that is another life, and welcome");
  }

  @Test
  void whatItHasNotStartedIsTakenByOthers() {
    Configuration now = running(7, shard(0, A1)).ordered(drain(1, B1));
    script.takeUp(now);
    report(A1);
    acceptedBy(A1, C1);
    report(A1);
    acceptedBy(A1, C1);
    script.report(0, A1, FIVE);
    Digest base = Digest.over(List.of(FIVE.parameters()));
    TreeNode some = new TreeNode(0, 2);
    script.hear(
        B1, new WorkerReported(script.fence(), new WorkerReport(0, 5, base, List.of(some))));
    script.forget();
    script.idle(A1, C1);
    script.tick();
    List<Grant> toLeaver = script.grantsTo(new WorkerId(B1, 0));
    assertEquals(List.of(List.of()), toLeaver.stream().map(Grant::nodes).distinct().toList());
    int granted =
        List.of(A1, C1).stream()
            .flatMap(member -> script.grantsTo(new WorkerId(member, 0)).getFirst().nodes().stream())
            .mapToInt(TreeNode::slots)
            .sum();
    assertEquals(4, granted, "all slots of the step");
  }

  @Test
  void aJobThatIsOnlyCreatedIsPlacedAnew() {
    Configuration told = inStatus(JobStatus.CREATED, 8, shard(0, B1, A1)).ordered(drain(1, B1));
    assertEquals(
        List.of(A1, C1),
        Placement.reconcile(told, script.view(), new Testimony(), true).getFirst().replicas());
  }

  @Test
  void itIsRefusedWhereNobodyCanSucceed() {
    script.takeUp(running(7, shard(0, B1)));
    script.report(0, B1, FIVE);
    script.alive(B1);
    script.tick();
    assertTrue(refusal(B1).startsWith("nobody can take over a parameter shard"), refusal(B1));
    assertTrue(refusal(B2).startsWith("only a node that is there can be drained"), refusal(B2));
    script.aliveButIdle(A1, B1);
    script.tick();
    assertTrue(refusal(B1).startsWith("no other device is ready"), refusal(B1));
  }

  @Test
  void ofTwoThatAreToldAtOnceOneMustStay() {
    script.takeUp(running(7, shard(0, A1, B1)));
    script.alive(A1, B1);
    report(A1, B1);
    hand(drain(1, B1));
    hand(new Order(job(1).id(), "bob", 1, Order.Kind.DRAIN, A1.toString()));
    script.tick();
    assertEquals(1, proposed().orders().leaving().size());
    acceptedBy(A1, C1);
    report(A1, B1);
    script.tick();
    Member stays = proposed().isLeaving(A1) ? B1 : A1;
    assertEquals(List.of(stays), members().replicas());
    assertTrue(refusal(stays).startsWith("nobody can take over"), refusal(stays));
  }

  @Test
  void aLeaverComputesWhileNobodyElseCan() {
    Configuration now = running(7, shard(0, A1)).withVoters(List.of(A1.node(), C));
    script.aliveButIdle(A1, B1);
    script.tick();
    script.promise(now.ordered(drain(1, B1)));
    script.hear(Member.anyOf(A1.node()), new Promised(script.last(Prepare.class).term(), null));
    acceptedBy(A1, C1);
    report(A1);
    assertEquals(
        List.of(5L),
        script.grantsTo(new WorkerId(B1, 0)).stream().map(Grant::step).distinct().toList());
  }

  /** Trace 36: what leaves may be the last of its class, and the job could never go on. */
  @Test
  void aJobDoesNotBeginWithTheClassOfALeaver() {
    Configuration created = inStatus(JobStatus.CREATED, 7, shard(0, A1));
    script.aliveButIdle(A1, B1);
    script.tick();
    script.promise(created.withVoters(List.of(A1.node(), C)).ordered(drain(1, B1)));
    script.hear(Member.anyOf(A1.node()), new Promised(script.last(Prepare.class).term(), null));
    acceptedBy(A1, C1);
    script.idle(B1);
    script.report(0, A1, record(0, ""));
    assertEquals(JobStatus.CREATED, proposed().status());
    assertEquals(
        "no device is ready for the job", script.notes(Note.Waiting.class).getLast().reason());
    script.alive(A1, B1);
    script.tick();
    script.idle(A1, B1);
    script.report(0, A1, record(0, ""));
    assertEquals(JobStatus.RUNNING, proposed().status());
  }

  /** Trace 33: of three voters one is drained, and another goes for good just then. */
  @Test
  void goesBackToTheVotersInForceWhenThoseProposedHaveLostTheirMajority() {
    script.alive(A1, B1, C1);
    leaves(B1);
    report(A1, B1);
    script.accept();
    report(A1, B1);
    assertEquals(List.of(A1.node(), C), proposed().voters());
    script.alive(A1, B1);
    script.tick();
    assertEquals(List.of(A1.node(), B1.node(), C), proposed().voters());
    script.accept();
    Configuration inForce = script.coordinator().configuration().orElseThrow();
    assertEquals(List.of(A1.node(), B1.node(), C), inForce.voters(), "and goes on");
  }
}
