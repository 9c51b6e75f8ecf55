package dev.sampo.protocol.worker;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.digest;
import static dev.sampo.protocol.Examples.job;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static dev.sampo.protocol.Examples.term;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.message.Message.Evaluate;
import dev.sampo.protocol.message.Message.Evaluated;
import dev.sampo.protocol.message.Message.Fenced;
import dev.sampo.protocol.message.Message.Grant;
import dev.sampo.protocol.message.Message.PieceAnswer;
import dev.sampo.protocol.message.Message.Report;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Message.WorkerReported;
import dev.sampo.protocol.message.Scrutiny;
import dev.sampo.protocol.message.SlotLoss;
import dev.sampo.protocol.message.Verdict;
import dev.sampo.protocol.tree.TreeNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkerLedgerTest {
  private static final TreeNode LEFT = new TreeNode(0, 2);
  private static final TreeNode RIGHT = new TreeNode(2, 2);
  private static final Configuration FIRST = running(1, shard(0, A1, B1));
  private static final Configuration TWO = running(1, shard(0, A1), shard(1, B1));
  private static final Configuration SECOND = running(2, shard(0, B1));

  private final List<String> done = new ArrayList<>();
  private final List<ToCoordinator> said = new ArrayList<>();
  private final WorkerLedger ledger = new WorkerLedger(0, new Recorder());

  private static Fence under(Configuration configuration) {
    return configuration.under(term(1));
  }

  private static Digest base(long step) {
    return digest("base " + step);
  }

  private void grant(Configuration configuration, long step, TreeNode... nodes) {
    ledger.on(
        C1,
        new Grant(
            under(configuration),
            job(1).id(),
            step,
            base(step),
            List.of(),
            configuration.owners(),
            List.of(nodes)));
  }

  private void answer(Configuration configuration, long step, TreeNode node, Verdict verdict) {
    ledger.on(A1, new PieceAnswer(under(configuration), 0, step, node, verdict));
  }

  private List<String> done() {
    List<String> taken = List.copyOf(done);
    done.clear();
    return taken;
  }

  /** Node [0..1] of step 5 is computed and pushed. */
  private void finishLeft() {
    grant(FIRST, 5, LEFT);
    ledger.onParameters(5, base(5));
    ledger.onComputed(5, LEFT);
    done();
  }

  @Test
  void computesOneNodeAtATimeOnceTheParametersAreHere() {
    grant(FIRST, 5, LEFT, RIGHT);
    assertEquals(List.of(), done());
    ledger.onParameters(5, digest("of a dead version"));
    ledger.onParameters(4, base(4));
    assertEquals(List.of(), done());
    ledger.onParameters(5, base(5));
    assertEquals(List.of("compute 5 [0..1]"), done());
    ledger.onComputed(5, LEFT);
    assertEquals(List.of("push a#1 5 [0..1]", "compute 5 [2..3]"), done());
  }

  @Test
  void aRepeatedGrantIsComputedOnceAndPushedUntilItIsCovered() {
    finishLeft();
    grant(FIRST, 5, LEFT);
    assertEquals(List.of("push a#1 5 [0..1]"), done());
    answer(FIRST, 5, LEFT, Verdict.NOT_YET);
    ledger.onTick();
    assertEquals(List.of("push a#1 5 [0..1]"), done());
    answer(FIRST, 5, LEFT, Verdict.COVERED);
    ledger.onTick();
    grant(FIRST, 5, LEFT);
    assertEquals(List.of(), done());
  }

  /** Devices disagreed, and nobody could tell who was wrong. */
  @Test
  void whatAllAreToMakeAnewCountsNoMoreThoughItIsTheSameStep() {
    finishLeft();
    Configuration anew = FIRST.next().redone();
    ledger.on(C1, new Report(under(anew), anew, Scrutiny.NONE));
    assertEquals(List.of("drop 5 [0..1]"), done());
    grant(anew, 5, LEFT);
    ledger.onParameters(5, base(5));
    assertEquals(List.of("compute 5 [0..1]"), done());
  }

  /** Two shards, owned by a and b. */
  private void computeLeftOfTwoShards() {
    grant(TWO, 5, LEFT);
    ledger.onParameters(5, base(5));
    assertEquals(List.of("compute 5 [0..1]"), done());
  }

  @Test
  void aPartThatIsThereIsPushedOnceWhileTheRestIsComputed() {
    computeLeftOfTwoShards();
    ledger.onPart(LEFT, 1);
    assertEquals(List.of("push b#1 5 [0..1]"), done());
    ledger.onComputed(5, LEFT);
    assertEquals(List.of("push a#1 5 [0..1]"), done());
    ledger.onTick();
    assertEquals(List.of("push a#1 5 [0..1]", "push b#1 5 [0..1]"), done());
  }

  @Test
  void anAnswerForAPartCountsWhenTheRestIsThere() {
    computeLeftOfTwoShards();
    ledger.onPart(LEFT, 1);
    ledger.onTick();
    assertEquals(List.of("push b#1 5 [0..1]", "push b#1 5 [0..1]"), done());
    ledger.on(B1, new PieceAnswer(under(TWO), 1, 5, LEFT, Verdict.COVERED));
    ledger.onTick();
    assertEquals(List.of(), done());
    ledger.onComputed(5, LEFT);
    ledger.onTick();
    assertEquals(List.of("push a#1 5 [0..1]", "push a#1 5 [0..1]"), done());
  }

  @Test
  void underANewFenceAPartIsPushedAgain() {
    computeLeftOfTwoShards();
    ledger.onPart(LEFT, 1);
    ledger.on(B1, new PieceAnswer(under(TWO), 1, 5, LEFT, Verdict.COVERED));
    done();
    Configuration next = running(2, shard(0, B1), shard(1, A1));
    ledger.on(C1, new Report(under(next), next, Scrutiny.NONE));
    assertEquals(List.of("push a#1 5 [0..1]"), done());
  }

  @Test
  void aPartOfAStepThatIsOverIsNotPushed() {
    computeLeftOfTwoShards();
    grant(TWO, 6, LEFT);
    ledger.onPart(LEFT, 1);
    assertEquals(List.of(), done());
    ledger.onComputed(5, LEFT);
    assertEquals(List.of("drop 5 [0..1]"), done());
  }

  /** Trace 21: what an owner had gathered died with it; finished leases must not count as done. */
  @Test
  void pushesAgainUnderANewFenceEvenIfItLearnsOfItFromAGrant() {
    finishLeft();
    answer(FIRST, 5, LEFT, Verdict.COVERED);
    grant(SECOND, 5, RIGHT);
    assertEquals(List.of("compute 5 [2..3]", "push b#1 5 [0..1]"), done());
  }

  @Test
  void anOldOwnersLateAnswerDoesNotCountForTheNewOne() {
    finishLeft();
    ledger.on(C1, new Report(under(SECOND), SECOND, Scrutiny.NONE));
    done();
    answer(FIRST, 5, LEFT, Verdict.COVERED);
    ledger.onTick();
    assertEquals(List.of("push b#1 5 [0..1]"), done());
  }

  @Test
  void aGrantThatWasOvertakenDoesNotThrowTheNewerStepsPiecesAway() {
    grant(FIRST, 4, LEFT);
    finishLeft();
    grant(FIRST, 4, LEFT);
    assertEquals(List.of(), done());
    assertEquals(5, ledger.step());
  }

  @Test
  void reportsWhatItHasAndIsAt() {
    grant(FIRST, 5, LEFT, RIGHT, new TreeNode(4, 1));
    ledger.onParameters(5, base(5));
    ledger.onComputed(5, LEFT);
    ledger.on(C1, new Report(under(SECOND), SECOND, Scrutiny.NONE));
    WorkerReported reported = (WorkerReported) said.getLast();
    assertEquals(5, reported.report().step());
    assertEquals(base(5), reported.report().baseHash());
    assertEquals(List.of(LEFT, RIGHT, new TreeNode(4, 1)), reported.report().leases());
  }

  @Test
  void refusesALowerFence() {
    grant(SECOND, 5, LEFT);
    grant(FIRST, 5, RIGHT);
    assertEquals(new Fenced(under(FIRST), under(SECOND)), said.getLast());
    ledger.on(C1, new Report(under(FIRST), FIRST, Scrutiny.NONE));
    assertEquals(2, said.size());
  }

  @Test
  void aNewStepDropsWhatIsFinishedAndWhatIsUnderWay() {
    finishLeft();
    grant(FIRST, 5, RIGHT);
    done();
    grant(FIRST, 6, LEFT);
    assertEquals(List.of("drop 5 [0..1]"), done());
    ledger.onParameters(6, base(6));
    assertEquals(List.of(), done(), "one at a time");
    ledger.onComputed(5, RIGHT);
    assertEquals(List.of("drop 5 [2..3]", "compute 6 [0..1]"), done());
  }

  private final class Recorder implements WorkerOutput {
    @Override
    public void toCoordinator(Member coordinator, ToCoordinator message) {
      said.add(message);
    }

    @Override
    public void compute(long step, Digest baseHash, TreeNode node) {
      done.add("compute " + step + " " + node);
    }

    @Override
    public void evaluate(long step, Digest baseHash, int slot) {
      done.add("evaluate " + step + " slot " + slot);
    }

    @Override
    public void push(Member owner, int shard, long step, Digest baseHash, TreeNode node) {
      done.add("push " + owner + " " + step + " " + node);
    }

    @Override
    public void drop(long step, TreeNode node) {
      done.add("drop " + step + " " + node);
    }
  }

  private void evaluate(Configuration configuration, long step, Integer... slots) {
    ledger.on(
        C1,
        new Evaluate(
            under(configuration),
            job(1).id(),
            step,
            base(step),
            List.of(),
            configuration.owners(),
            List.of(slots)));
  }

  private void found(int slot) {
    ledger.onEvaluated(new SlotLoss(slot, slot, 1));
  }

  @Test
  void findsOneSlotAfterTheOtherAndTellsEachAtOnce() {
    evaluate(FIRST, 5, 3, 4);
    assertEquals(List.of(), done(), "no parameters yet");
    ledger.onParameters(5, base(5));
    assertEquals(List.of("evaluate 5 slot 3"), done());
    found(3);
    assertEquals(List.of("evaluate 5 slot 4"), done());
    assertEquals(new Evaluated(under(FIRST), 5, List.of(new SlotLoss(3, 3, 1))), said.getLast());
  }

  @Test
  void tellsWhatItHasFoundWhoeverAsksAgain() {
    evaluate(FIRST, 5, 3);
    ledger.onParameters(5, base(5));
    found(3);
    done();
    ledger.on(C1, new Report(under(SECOND), SECOND, Scrutiny.NONE));
    evaluate(SECOND, 5, 2, 3);
    assertEquals(List.of("evaluate 5 slot 2"), done());
    assertEquals(new Evaluated(under(SECOND), 5, List.of(new SlotLoss(3, 3, 1))), said.getLast());
  }

  /** The device reads parameters that are overwritten as soon as another version is wanted. */
  @Test
  void whatItFoundOfAVersionThatIsOverIsNotTold() {
    evaluate(FIRST, 5, 3, 4);
    ledger.onParameters(5, base(5));
    evaluate(SECOND, 6, 3);
    said.clear();
    found(3);
    assertEquals(List.of(), said);
    done();
    ledger.onParameters(6, base(6));
    assertEquals(List.of("evaluate 6 slot 3"), done());
  }

  @Test
  void leavesSlotsThatAnotherTookAndTurnsToTheStepWhenAllAreFound() {
    evaluate(FIRST, 5, 3, 4);
    ledger.onParameters(5, base(5));
    evaluate(FIRST, 5, 3);
    grant(SECOND, 5, LEFT);
    assertEquals(List.of("evaluate 5 slot 3"), done());
    found(3);
    assertEquals(List.of("compute 5 " + LEFT), done(), "and slot 4 is not begun");
  }

  /** Trace 28: the job has fallen back under a new fence. */
  @Test
  void takesGrantsOfAnEarlierStepUnderANewFence() {
    finishLeft();
    ledger.on(C1, new Report(under(SECOND), SECOND, Scrutiny.NONE));
    grant(SECOND, 4, LEFT);
    assertEquals(4, ledger.step());
    grant(SECOND, 3, LEFT);
    assertEquals(4, ledger.step(), "overtaken on its way");
  }

  /** Trace 32: the job begins anew, and what step 5 started from was overwritten meanwhile. */
  @Test
  void inANewGenerationNothingThatItHasCounts() {
    grant(FIRST, 5, LEFT, RIGHT);
    ledger.onParameters(5, base(5));
    ledger.onComputed(5, LEFT);
    done();
    Configuration anew = FIRST.nextGeneration();
    ledger.on(C1, new Report(under(anew), anew, Scrutiny.NONE));
    assertEquals(List.of("drop 5 " + LEFT), done());
    grant(anew, 5, LEFT);
    ledger.onComputed(5, RIGHT);
    assertEquals(List.of("drop 5 " + RIGHT), done(), "parameters are to be looked at once more");
    ledger.onParameters(5, base(5));
    assertEquals(List.of("compute 5 " + LEFT), done());
  }

  @Test
  void leavesWhatItHasNotStartedToWhoeverTookIt() {
    grant(FIRST, 5, LEFT, RIGHT);
    ledger.onParameters(5, base(5));
    assertEquals(List.of("compute 5 " + LEFT), done());
    grant(FIRST, 5, LEFT);
    ledger.onComputed(5, LEFT);
    assertEquals(List.of("push a#1 5 " + LEFT), done(), "and RIGHT is not begun");
  }
}
