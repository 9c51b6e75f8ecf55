package dev.sampo.protocol.coordinator;

import static dev.sampo.protocol.Examples.A;
import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.C;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.inStatus;
import static dev.sampo.protocol.Examples.mixed;
import static dev.sampo.protocol.Examples.record;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static dev.sampo.protocol.Examples.term;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.Ballot;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Accepted;
import dev.sampo.protocol.message.Message.Fenced;
import dev.sampo.protocol.message.Message.Prepare;
import dev.sampo.protocol.message.Message.Promised;
import dev.sampo.protocol.message.Message.Refused;
import dev.sampo.protocol.message.Message.Report;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A majority of the voters a, b and c does not come back. */
class LossTest {
  private static final Configuration PAIR = running(7, shard(0, A1, B1), shard(1, B1, C1));
  private static final long NUMBER = 1_000;

  private final Script script = new Script(A1);

  private void promises(NodeId node, Configuration accepted) {
    Prepare prepare = script.last(Prepare.class);
    Ballot ballot = accepted == null ? null : new Ballot(term(0), accepted);
    script.hear(Member.anyOf(node), new Promised(prepare.term(), ballot));
  }

  private void accepts(NodeId node) {
    Accept accept = script.last(Accept.class);
    script.hear(Member.anyOf(node), new Accepted(accept.term(), accept.configuration().number()));
  }

  private Submission acceptLoss(long looked, long number) {
    return accept(new Acceptance(script.last(Prepare.class).term(), looked, number));
  }

  private Submission accept(Acceptance acceptance) {
    return script.coordinator().acceptLoss(acceptance, script.nowMs());
  }

  private Loss loss() {
    return script.coordinator().loss().orElseThrow();
  }

  @Test
  void tellsWhatIsLostAndGoesOnWithThoseWhoAreLeftOnceThatIsAccepted() {
    assertTrue(script.coordinator().loss().isEmpty(), "not all who live have been heard");
    promises(A, PAIR);
    assertEquals(List.of(B, C), loss().missing());
    assertEquals(List.of(1), loss().shardsWithoutAReplica());
    assertInstanceOf(Submission.Later.class, acceptLoss(0, NUMBER));
    Configuration proposed = script.last(Accept.class).configuration();
    assertEquals(List.of(A), proposed.voters());
    assertEquals(NUMBER, proposed.generation());
    assertEquals(NUMBER, proposed.orders().loss());
    assertEquals(JobStatus.RUNNING, proposed.status());
    assertEquals(PAIR.shards(), proposed.shards());
    accepts(A);
    assertEquals(proposed, script.coordinator().configuration().orElseThrow());
    script.tick();
    assertEquals(List.of(A1), script.hearersOf(Report.class).stream().limit(1).toList());
    assertInstanceOf(Submission.Taken.class, acceptLoss(0, NUMBER));
  }

  @Test
  void everyoneWhoIsAliveIsHeardFirst() {
    script.alive(A1, C1);
    script.tick();
    promises(A, PAIR);
    assertInstanceOf(Submission.Later.class, acceptLoss(0, NUMBER));
    assertEquals(List.of(), script.all(Accept.class));
  }

  @Test
  void whereNoVoterIsLeftThoseWhoHaveHeardOfTheConfigurationVote() {
    promises(A, running(7, shard(0, B1)).withVoters(List.of(B, C)));
    assertInstanceOf(Submission.Later.class, acceptLoss(0, NUMBER));
    assertEquals(List.of(A), script.last(Accept.class).configuration().voters());
  }

  @Test
  void nothingIsLostWhileAMajorityAnswers() {
    script.alive(Script.everyone());
    script.tick();
    script.takeUp(PAIR);
    Submission answer = acceptLoss(0, NUMBER);
    assertTrue(
        assertInstanceOf(Submission.Refused.class, answer).reason().contains("and one does"));
  }

  @Test
  void anotherLossThanTheOneThatWasLookedAtIsRefused() {
    promises(A, PAIR.nextGeneration());
    Submission answer = acceptLoss(0, NUMBER);
    assertTrue(
        assertInstanceOf(Submission.Refused.class, answer)
            .reason()
            .contains("looked at=0, number=1000; known=1"));
    assertInstanceOf(Submission.Refused.class, acceptLoss(1, 1), "a number that is none");
    assertInstanceOf(
        Submission.Refused.class,
        accept(new Acceptance(term(2), 1, NUMBER)),
        "what another term told of need not be what this one knows");
    assertEquals(List.of(), script.all(Accept.class));
  }

  @Test
  void aJobOfMixedClassesStopsSinceNobodyKnowsWhichHistoryAStoreBelongsTo() {
    promises(A, mixed(PAIR));
    assertInstanceOf(Submission.Later.class, acceptLoss(0, NUMBER));
    Configuration proposed = script.last(Accept.class).configuration();
    assertEquals(JobStatus.STOPPED, proposed.status());
    assertTrue(proposed.reason().contains("sampo restore"), proposed.reason());
    Configuration created = mixed(inStatus(JobStatus.CREATED, 1, shard(0, A1)));
    assertEquals(JobStatus.STOPPED, created.afterALoss(List.of(A), NUMBER).status());
  }

  @Test
  void aReignWhoseVotersAreGoneStandsDownSoThatItsLossCanBeAccepted() {
    script.alive(Script.everyone());
    script.takeUp(running(7, shard(0, A1, B1)));
    script.report(0, A1, record(5, ""));
    script.alive(A1);
    script.forget();
    for (int tick = 0; script.notes(Note.StoodDown.class).isEmpty(); tick++) {
      assertTrue(tick < 100, "it never stands down");
      script.pass(Script.SETTINGS.restartGraceMs());
      script.tick();
    }
    script.pass(Script.SETTINGS.backOffMs());
    script.tick();
    promises(A, PAIR.next());
    assertEquals(List.of(B, C), loss().missing());
  }

  @Test
  void whatIsInForceAsksAllAnewOnceItsLossIsAccepted() {
    script.alive(Script.everyone());
    script.takeUp(PAIR);
    script.alive(A1);
    script.tick();
    Acceptance acceptance = Acceptance.of(loss(), NUMBER);
    script.forget();
    assertInstanceOf(Submission.Later.class, accept(acceptance));
    assertInstanceOf(Submission.Later.class, accept(acceptance));
    assertEquals(1, script.notes(Note.StoodDown.class).size());
    script.pass(Script.SETTINGS.backOffMs());
    script.tick();
    assertInstanceOf(Submission.Later.class, accept(acceptance), "a has not been heard");
    promises(A, PAIR.next());
    Acceptance other = new Acceptance(acceptance.told(), 0, NUMBER + 1);
    assertInstanceOf(Submission.Refused.class, accept(other), "one a term");
    assertInstanceOf(Submission.Later.class, accept(acceptance));
    assertEquals(NUMBER, script.last(Accept.class).configuration().generation());
  }

  /** Trace 38: what follows from it may lie with a voter that is gone again, unknown to all. */
  @Test
  void anAcceptanceIsActedOnOnce() {
    promises(A, PAIR);
    Acceptance acceptance = Acceptance.of(loss(), NUMBER);
    assertInstanceOf(Submission.Later.class, accept(acceptance));
    script.hear(A1, new Refused(acceptance.told(), term(9)));
    script.pass(Script.SETTINGS.backOffMs());
    script.tick();
    script.forget();
    script.tick();
    promises(A, PAIR);
    assertInstanceOf(Submission.Refused.class, accept(acceptance));
    assertEquals(List.of(), script.all(Accept.class));
    assertInstanceOf(Submission.Later.class, accept(Acceptance.of(loss(), NUMBER + 1)));
  }

  /** Trace 37: b and c come back, and are a majority of those who were voters once. */
  @Test
  void whoHasBeenRefusedForALaterGenerationWaitsForThoseWhoKnowIt() {
    script.alive(Script.everyone());
    script.tick();
    promises(B, PAIR);
    promises(C, PAIR);
    accepts(B);
    accepts(C);
    Fence later = new Fence(NUMBER, term(9), 8);
    script.hear(A1, new Fenced(script.fence(), later));
    assertEquals(1, script.notes(Note.StoodDown.class).size());
    script.pass(Script.SETTINGS.backOffMs());
    script.tick();
    script.forget();
    script.tick();
    promises(B, PAIR);
    promises(C, PAIR);
    assertEquals(List.of(), script.all(Accept.class), "a majority that does not know of the loss");
    promises(A, PAIR.afterALoss(List.of(A), NUMBER));
    assertEquals(List.of(A), script.last(Accept.class).configuration().voters());
  }
}
