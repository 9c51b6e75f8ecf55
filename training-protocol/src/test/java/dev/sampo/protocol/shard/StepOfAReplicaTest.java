package dev.sampo.protocol.shard;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.digest;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static dev.sampo.protocol.Examples.skip;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.message.Message.Applied;
import dev.sampo.protocol.message.Message.Apply;
import dev.sampo.protocol.message.Message.Coverage;
import dev.sampo.protocol.message.Message.Held;
import dev.sampo.protocol.message.Message.Hold;
import dev.sampo.protocol.message.Message.LacksBytes;
import dev.sampo.protocol.message.Message.LacksGradient;
import dev.sampo.protocol.message.Message.PieceAnswer;
import dev.sampo.protocol.message.Message.Reduced;
import dev.sampo.protocol.message.Verdict;
import dev.sampo.protocol.tree.TreeNode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A step, from its pieces to the version that it leads to. */
class StepOfAReplicaTest extends OneReplica {
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
}
