package dev.sampo.protocol.shard;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.B2;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.decision;
import static dev.sampo.protocol.Examples.digest;
import static dev.sampo.protocol.Examples.inStatus;
import static dev.sampo.protocol.Examples.record;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static dev.sampo.protocol.Examples.skip;
import static dev.sampo.protocol.Examples.term;
import static dev.sampo.protocol.Examples.withLearner;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Message.Applied;
import dev.sampo.protocol.message.Message.Apply;
import dev.sampo.protocol.message.Message.Base;
import dev.sampo.protocol.message.Message.CaughtUp;
import dev.sampo.protocol.message.Message.CopyFrom;
import dev.sampo.protocol.message.Message.CopyRequest;
import dev.sampo.protocol.message.Message.Coverage;
import dev.sampo.protocol.message.Message.Fenced;
import dev.sampo.protocol.message.Message.Held;
import dev.sampo.protocol.message.Message.Hold;
import dev.sampo.protocol.message.Message.LacksBytes;
import dev.sampo.protocol.message.Message.LacksGradient;
import dev.sampo.protocol.message.Message.PieceAnswer;
import dev.sampo.protocol.message.Message.PullParameters;
import dev.sampo.protocol.message.Message.Reduced;
import dev.sampo.protocol.message.Message.Report;
import dev.sampo.protocol.message.Message.Reported;
import dev.sampo.protocol.message.Message.ToReplica;
import dev.sampo.protocol.message.ReplicaReport;
import dev.sampo.protocol.message.Scrutiny;
import dev.sampo.protocol.message.Verdict;
import dev.sampo.protocol.tree.TreeNode;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplicaTest {
  private static final Digest BASE = digest("base");
  private static final WorkerId WORKER = new WorkerId(C1, 0);
  private static final String WHOLE = "((0+1)+(2+3))";
  private static final TreeNode ROOT = new TreeNode(0, 4);

  private final RecordingOutput out = new RecordingOutput();
  private TextMemory memory = TextMemory.holding(4, 5);
  private Replica replica = new Replica(A1, 0, memory, out);
  private Configuration configuration = running(1, shard(0, A1, B1));

  private Fence fence() {
    return configuration.under(term(1));
  }

  private void enter(Configuration named) {
    configuration = named;
    say(new Report(fence(), named, Scrutiny.NONE));
  }

  private void say(ToReplica message) {
    replica.on(C1, message);
  }

  private void base(long step) {
    say(new Base(fence(), step, BASE, List.of(C1)));
  }

  private void piece(long step, int first, int slots, String text) {
    replica.onPiece(WORKER, step, BASE.prefix(), new TreeNode(first, slots), memory.piece(text));
  }

  private void wholeGradient(long step) {
    piece(step, 2, 1, "2");
    piece(step, 0, 1, "0");
    piece(step, 3, 1, "3");
    piece(step, 1, 1, "1");
  }

  private void apply(long step, String gradient) {
    say(new Apply(fence(), digest(gradient), decision(step)));
  }

  /** A replica that is no owner holds this gradient. */
  private void given(long step, String gradient) {
    say(new Base(fence(), step, BASE, List.of()));
    replica.onGradient(B1, step, memory.piece(gradient));
  }

  @Test
  void sumsPiecesOnTheTreeInWhateverOrderTheyCome() {
    enter(running(1, shard(0, A1)));
    base(5);
    wholeGradient(5);
    assertEquals(digest(WHOLE), out.last(Reduced.class).facts().hash());
    assertEquals(1, memory.live());
  }

  @Test
  void answersARepeatedBaseWithWhatItHas() {
    enter(configuration);
    base(5);
    piece(5, 0, 2, "01");
    base(5);
    assertEquals(List.of(new TreeNode(0, 2)), out.last(Coverage.class).held());
  }

  @Test
  void countsAPieceOnceHoweverOftenItComes() {
    enter(running(1, shard(0, A1)));
    base(5);
    piece(5, 0, 1, "0");
    piece(5, 0, 1, "0");
    piece(5, 1, 1, "1");
    piece(5, 0, 2, "again");
    piece(5, 2, 2, "23");
    assertEquals(digest("((0+1)+23)"), out.last(Reduced.class).facts().hash());
    piece(5, 2, 2, "late");
    assertEquals(1, memory.live());
  }

  /** Trace 16: its owner died with the version from which a worker still computes. */
  @Test
  void refusesAPieceComputedFromAnotherBase() {
    enter(configuration);
    base(5);
    replica.onPiece(WORKER, 5, digest("dead").prefix(), ROOT, memory.piece("dead"));
    assertEquals(Verdict.REFUSED, out.last(PieceAnswer.class).verdict());
    assertEquals(0, memory.live());
  }

  @Test
  void takesNoPieceBeforeItKnowsTheBase() {
    enter(configuration);
    piece(5, 0, 4, "early");
    assertEquals(Verdict.NOT_YET, out.last(PieceAnswer.class).verdict());
    assertEquals(0, memory.live());
  }

  @Test
  void namesTheFenceUnderWhichItAnswersAPiece() {
    piece(5, 0, 4, "before any fence");
    assertEquals(List.of(), out.take(PieceAnswer.class));
    enter(configuration);
    base(5);
    piece(5, 0, 1, "0");
    assertEquals(fence(), out.last(PieceAnswer.class).fence());
    assertEquals(1, memory.live());
  }

  @Test
  void aLatePieceOfAnAppliedStepDisturbsNothing() {
    enter(running(1, shard(0, A1, B1)));
    base(5);
    wholeGradient(5);
    say(new Held(fence(), 5, digest(WHOLE)));
    replica.on(B1, new Held(fence(), 5, digest(WHOLE)));
    apply(5, WHOLE);
    assertEquals(6, out.last(Applied.class).record().version());
    piece(5, 0, 1, "0");
    assertEquals(List.of(), out.take(Hold.class), "a step that is applied is held no more");
  }

  /** Trace 18. */
  @Test
  void reducedIsSaidOnlyWhenAllReplicasHoldTheGradient() {
    enter(running(1, shard(0, A1, B1, C1)));
    base(5);
    wholeGradient(5);
    assertEquals(List.of(), out.take(Reduced.class));
    replica.on(B1, new Held(fence(), 5, digest(WHOLE)));
    assertEquals(List.of(), out.take(Reduced.class));
    replica.on(C1, new Held(fence(), 5, digest("another gradient")));
    assertEquals(List.of(), out.take(Reduced.class));
    replica.on(C1, new Held(fence(), 5, digest(WHOLE)));
    assertEquals(1, out.take(Reduced.class).size());
  }

  /** Trace 11: g_t of an older owner's unfinished Hold must not replace the one in hand. */
  @Test
  void anOwnerTakesNoOtherGradientUnderOneFence() {
    enter(configuration);
    base(5);
    wholeGradient(5);
    replica.onGradient(B1, 5, memory.piece("another"));
    piece(5, 0, 4, "yet another");
    replica.on(B1, new Held(fence(), 5, digest(WHOLE)));
    assertEquals(digest(WHOLE), out.last(Reduced.class).facts().hash());
    assertEquals(1, memory.live());
  }

  /** Seen on a busy machine: the next step was reduced although one replica held nothing of it. */
  @Test
  void aLateHeldOfTheStepBeforeDoesNotCountForTheNext() {
    enter(configuration);
    base(5);
    wholeGradient(5);
    replica.on(B1, new Held(fence(), 5, digest(WHOLE)));
    apply(5, WHOLE);
    replica.on(B1, new Held(fence(), 5, digest(WHOLE)));
    base(6);
    out.take(Reduced.class);
    wholeGradient(6);
    assertEquals(List.of(), out.take(Reduced.class));
  }

  @Test
  void whatWasHeldUnderAnOlderFenceIsHeldAnew() {
    enter(configuration);
    base(5);
    wholeGradient(5);
    replica.on(B1, new Held(fence(), 5, digest(WHOLE)));
    assertEquals(1, out.take(Reduced.class).size());
    enter(configuration.next());
    base(5);
    assertEquals(List.of(new Hold(fence(), 5, digest(WHOLE))), out.take(Hold.class));
  }

  /** Trace 6: the owner restarted and reduced anew; a late Reduced named the gradient before. */
  @Test
  void doesNotApplyAnotherGradientThanTheOneNamed() {
    enter(running(1, shard(0, B1, A1)));
    given(5, "g'");
    apply(5, "g");
    assertEquals(new LacksGradient(fence(), 0, 5), out.last(LacksGradient.class));
    assertEquals(List.of(5L, 4L), memory.versions());
    apply(5, "g'");
    assertEquals(6, out.last(Applied.class).record().version());
  }

  /** Trace 19. */
  @Test
  void keepsTheVersionThatAStepStartsFromUntilTheNextApply() {
    enter(running(1, shard(0, B1, A1)));
    given(5, "g5");
    apply(5, "g5");
    assertEquals(List.of(6L, 5L), memory.versions());
    given(6, "g6");
    enter(configuration.next());
    apply(5, "g5");
    assertEquals(List.of(6L, 5L), memory.versions());
    apply(6, "g6");
    assertEquals(List.of(7L, 6L), memory.versions());
  }

  @Test
  void answersARepeatedApplyWithWhatItApplied() {
    enter(running(1, shard(0, B1, A1)));
    given(5, "g");
    apply(5, "g");
    Applied first = out.last(Applied.class);
    apply(5, "g");
    assertEquals(first, out.last(Applied.class));
    base(5);
    assertEquals(first, out.last(Applied.class));
  }

  @Test
  void aSkippedStepNeedsNoGradient() {
    enter(running(1, shard(0, B1, A1)));
    say(new Apply(fence(), null, skip(5)));
    assertTrue(out.last(Applied.class).record().decisionOrThrow().skip());
  }

  /** Trace 20. */
  @Test
  void whatAConfiguredOutReplicaHasDoesNotCountWhenItComesBack() {
    enter(running(7, withLearner(shard(0, B1), A1)));
    assertEquals(List.of(), out.last(Reported.class).report().records());
    replica.onTick();
    assertEquals(-1, out.last(CopyRequest.class).have());
  }

  @Test
  void aReplicaThatIsMadeALearnerStartsAnew() {
    enter(running(1, shard(0, B1, A1)));
    given(5, "g");
    enter(running(2, withLearner(shard(0, B1), A1)));
    assertEquals(List.of(), memory.versions());
    assertEquals(0, memory.live());
  }

  @Test
  void aRestartedReplicaThatIsStillNamedKeepsItsStore() {
    enter(running(7, shard(0, B1, A1)));
    assertEquals(5, out.last(Reported.class).report().newest());
  }

  @Test
  void refusesALowerFenceAndSaysWhichItKnows() {
    enter(running(1, shard(0, B1, A1)));
    Fence old = fence();
    enter(running(2, shard(0, B1, A1)));
    say(new Base(old, 5, BASE, List.of()));
    assertEquals(new Fenced(old, fence()), out.last(Fenced.class));
    say(new Report(old, running(1, shard(0, A1)), Scrutiny.NONE));
    assertEquals(new Fenced(old, fence()), out.last(Fenced.class));
    say(new Apply(old, digest("g"), decision(5)));
    assertEquals(new Fenced(old, fence()), out.last(Fenced.class));
  }

  @Test
  void doesNothingUnderAFenceThatHasNotReported() {
    enter(running(1, shard(0, B1, A1)));
    Fence unheard = running(2, shard(0, B1, A1)).under(term(1));
    out.take(Reported.class);
    say(new Apply(unheard, null, skip(5)));
    assertEquals(List.of(5L, 4L), memory.versions());
  }

  @Test
  void asksForTheBytesOfAGradientThatItLacks() {
    enter(running(1, shard(0, B1, A1)));
    replica.on(B1, new Hold(fence(), 5, digest("g")));
    assertEquals(new LacksBytes(fence(), 5, digest("g")), out.last(LacksBytes.class));
    replica.onGradient(B1, 5, memory.piece("g"));
    assertEquals(new Held(fence(), 5, digest("g")), out.last(Held.class));
    replica.on(B1, new Hold(fence(), 5, digest("g")));
    assertEquals(new Held(fence(), 5, digest("g")), out.last(Held.class));
    replica.onGradient(B1, 5, memory.piece("g"));
    replica.onGradient(C1, 5, memory.piece("from who does not own"));
    replica.onGradient(B1, 4, memory.piece("late"));
    assertEquals(1, memory.live());
  }

  @Test
  void copiesTheVersionThatRecoveryFoundInAnotherReplica() {
    memory = TextMemory.holding(5);
    replica = new Replica(A1, 0, memory, out);
    enter(running(1, shard(0, B1, A1)));
    say(new CopyFrom(fence(), B1, record(6, "")));
    assertEquals(new CopyRequest(fence(), 5), out.last(CopyRequest.class));
    replica.onCopy(record(6, " of a dead owner"));
    assertEquals(List.of(5L), memory.versions());
    replica.onCopy(record(6, ""));
    assertEquals(record(6, ""), out.last(Applied.class).record());
    replica.onCopy(record(6, ""));
    assertEquals(List.of(6L, 5L), memory.versions());
  }

  @Test
  void aLearnerIsGivenOnlyWhatIsCommitted() {
    Configuration healing = running(1, withLearner(shard(0, A1), B2));
    enter(healing);
    base(5);
    wholeGradient(5);
    apply(5, WHOLE);
    out.takeBytes();
    replica.on(B2, new CopyRequest(fence(), -1));
    assertEquals(List.of(new RecordingOutput.Bytes(B2, "copy of version 5")), out.takeBytes());
    replica.on(C1, new CopyRequest(fence(), -1));
    assertEquals(List.of(), out.takeBytes());
  }

  /** Trace 17: a late copy sends nobody back. */
  @Test
  void aLearnersVersionOnlyRises() {
    memory = new TextMemory();
    replica = new Replica(A1, 0, memory, out);
    enter(running(1, withLearner(shard(0, B1), A1)));
    replica.onCopy(record(8, ""));
    assertEquals(8, out.last(CaughtUp.class).record().version());
    replica.onCopy(record(6, ""));
    replica.onCopy(record(8, " once more"));
    assertEquals(List.of(8L), memory.versions());
  }

  @Test
  void aLearnerThatIsMadeAReplicaKeepsWhatItCopied() {
    memory = new TextMemory();
    replica = new Replica(A1, 0, memory, out);
    enter(running(1, withLearner(shard(0, B1), A1)));
    replica.onCopy(record(8, ""));
    enter(running(2, shard(0, B1, A1)));
    replica.onCopy(record(9, " late"));
    assertEquals(List.of(8L), memory.versions());
    assertEquals(8, out.last(Reported.class).report().newest());
  }

  /** Trace 14: a wiped replica that came back with version 0 at version 50. */
  @Test
  void writesVersionZeroOnlyWhileTheJobIsCreated() {
    memory = new TextMemory();
    replica = new Replica(A1, 0, memory, out);
    enter(running(1, shard(0, A1)));
    assertEquals(List.of(), memory.versions());
    enter(inStatus(JobStatus.CREATED, 2, shard(0, A1)));
    assertEquals(List.of(0L), memory.versions());
  }

  @Test
  void anEarlierRunOfAJobDoesNotCountWhileItIsOnlyCreated() {
    enter(inStatus(JobStatus.CREATED, 1, shard(0, A1)));
    assertEquals(List.of(0L), memory.versions());
  }

  @Test
  void servesParametersUnderAnyFenceIfTheyHashToWhatIsAsked() {
    enter(configuration);
    Member node = C1;
    replica.on(node, new PullParameters(5, digest("v5")));
    replica.on(node, new PullParameters(5, digest("dead")));
    replica.on(node, new PullParameters(3, digest("v3")));
    assertEquals(
        List.of(new RecordingOutput.Bytes(node, "parameters of version 5")), out.takeBytes());
  }

  private void scrutinise(long number, Scrutiny scrutiny) {
    configuration = running(number, shard(0, A1));
    say(new Report(fence(), configuration, scrutiny));
  }

  /** Alone, with version 6 made from version 5. */
  private void madeVersionSix() {
    enter(running(1, shard(0, A1)));
    base(5);
    wholeGradient(5);
    apply(5, WHOLE);
  }

  @Test
  void aVersionMadeFromAFlippedSideSpeaksForNothing() {
    madeVersionSix();
    memory.flip(5);
    scrutinise(2, Scrutiny.BYTES);
    assertEquals(-1, out.last(Reported.class).report().newest());
    scrutinise(3, Scrutiny.NONE);
    assertEquals(-1, out.last(Reported.class).report().newest(), "also when nobody doubts it");
  }

  @Test
  void aFlippedNewestSideIsReportedAsDamaged() {
    madeVersionSix();
    memory.flip(6);
    scrutinise(2, Scrutiny.BYTES);
    ReplicaReport report = out.last(Reported.class).report();
    assertEquals(5, report.newest());
    assertTrue(report.hasLostNewer());
  }

  @Test
  void whoFindsNothingWrongStandsByItsVersionAndMakesItOnceMore() {
    madeVersionSix();
    scrutinise(2, Scrutiny.BYTES);
    CommitRecord six = out.last(Reported.class).report().records().getFirst();
    memory.slip(6);
    scrutinise(3, Scrutiny.NONE);
    assertFalse(six.sameBits(out.last(Reported.class).report().records().getFirst()));
    scrutinise(4, Scrutiny.ARITHMETIC);
    assertTrue(six.sameBits(out.last(Reported.class).report().records().getFirst()));
  }

  @Test
  void tellsTheCoordinatorOfADamagedVersionUnlessItDoesNotCount() {
    enter(running(1, shard(0, A1, B1)));
    replica.onDamage(5);
    assertEquals(
        List.of(new LacksGradient(fence(), 0, 5), new LacksGradient(fence(), 0, 4)),
        out.take(LacksGradient.class),
        "it is at the step from that version, or still at the one that led to it");
    enter(running(2, shard(0, B1)));
    replica.onDamage(5);
    assertEquals(List.of(), out.take(LacksGradient.class));
  }

  /** Trace 27: said once, and said again if what was made anew is damaged too. */
  @Test
  void aNewGenerationGivesUpWhatIsDamaged() {
    madeVersionSix();
    memory.flip(6);
    scrutinise(2, Scrutiny.BYTES);
    assertTrue(out.last(Reported.class).report().hasLostNewer());
    enter(running(3, shard(0, A1)).nextGeneration());
    assertFalse(out.last(Reported.class).report().hasLostNewer());
    base(5);
    wholeGradient(5);
    apply(5, WHOLE);
    configuration = running(4, shard(0, A1)).nextGeneration();
    say(new Report(fence(), configuration, Scrutiny.BYTES));
    ReplicaReport report = out.last(Reported.class).report();
    assertEquals(5, report.newest());
    assertTrue(report.hasLostNewer());
  }
}
