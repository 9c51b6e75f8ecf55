package dev.sampo.protocol.shard;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static dev.sampo.protocol.Examples.withLearner;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.message.Message.CaughtUp;
import dev.sampo.protocol.message.Message.CopyRequest;
import dev.sampo.protocol.message.Message.Fed;
import dev.sampo.protocol.message.Message.Reported;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a learner catches up while steps go on. Version v is the text "v5 g5 ... g(v-1)". */
class LearningTest extends OneReplica {
  private static final Configuration HEALING = running(7, withLearner(shard(0, B1), A1));

  @BeforeEach
  void aLearnerOfTwoBlocks() {
    learner(2);
  }

  private void learner(int blocks) {
    memory = TextMemory.ofBlocks(blocks);
    replica = new Replica(A1, 0, memory, out);
    enter(HEALING);
    replica.onTick();
    out.take(CopyRequest.class);
  }

  @Test
  void asksForAFewBlocksAtATimeAndForMoreAsTheyCome() {
    learner(4);
    assertEquals(List.of(ask(0, -1), ask(1, -1)), askedAfterATick());
    block(1, 5);
    assertEquals(List.of(ask(2, -1)), out.take(CopyRequest.class));
    replica.onTick();
    assertEquals(List.of(), out.take(CopyRequest.class), "something came since the last tick");
    assertEquals(List.of(ask(0, -1), ask(2, -1)), askedAfterATick());
  }

  @Test
  void isCaughtUpWhenAllBlocksAreAtTheNewestVersion() {
    block(0, 5);
    block(1, 5);
    assertEquals(record(5), out.last(CaughtUp.class).record());
    assertEquals(List.of(5L), memory.versions());
  }

  @Test
  void makesOnEachBlockTheStepsThatItLacks() {
    block(0, 5);
    fed(5);
    gradient(5);
    fed(6);
    gradient(6);
    assertEquals(List.of(text(7), ""), memory.written(7));
    block(1, 6);
    assertEquals(List.of(text(7), text(7)), memory.written(7));
    assertEquals(record(7), out.last(CaughtUp.class).record());
    assertEquals(0, memory.live(), "no block needs them any more");
  }

  @Test
  void theGradientMayComeBeforeTheWordAndNeitherCountsTwice() {
    block(0, 5);
    block(1, 5);
    gradient(5);
    assertEquals(List.of(5L), memory.versions(), "nobody has said that the step is committed");
    fed(5);
    gradient(5);
    fed(5);
    assertEquals(List.of(6L, 5L), memory.versions());
    assertEquals(0, memory.live());
  }

  @Test
  void aGradientThatWasNotAppliedIsNone() {
    block(0, 5);
    block(1, 5);
    replica.onGradient(B1, 5, memory.piece("of a dead owner"));
    fed(5);
    assertEquals(List.of(5L), memory.versions());
    gradient(5);
    assertEquals(List.of(6L, 5L), memory.versions());
    assertEquals(0, memory.live());
  }

  @Test
  void aSkippedStepNeedsNoGradient() {
    block(0, 5);
    block(1, 5);
    say(new Fed(fence(), memory.recordOf(6, text(5) + " skip"), null));
    assertEquals(List.of(6L, 5L), memory.versions());
  }

  @Test
  void aBlockWhoseNextStepWasNotFedIsCopiedAgain() {
    block(0, 5);
    block(1, 5);
    out.take(CopyRequest.class);
    fed(6);
    gradient(6);
    assertEquals(List.of(ask(0, 5), ask(1, 5)), out.take(CopyRequest.class));
    block(0, 6);
    block(1, 7);
    assertEquals(record(7), out.last(CaughtUp.class).record());
  }

  /** Trace 17: a late block sends nobody back. */
  @Test
  void aBlocksVersionOnlyRises() {
    block(0, 8);
    block(1, 8);
    block(0, 6);
    memory.stage("once more");
    replica.onBlock(fence(), 1, record(8));
    assertEquals(List.of(8L), memory.versions());
  }

  @Test
  void bytesThatAreNotTheRecordsBeginAnew() {
    block(0, 5);
    memory.stage("a bit flipped");
    replica.onBlock(fence(), 1, record(5));
    assertEquals(List.of(), out.take(CaughtUp.class));
    block(1, 5);
    block(0, 5);
    assertEquals(record(5), out.last(CaughtUp.class).record());
  }

  @Test
  void anotherCoordinatorChangesNothingThatIsCommitted() {
    block(0, 5);
    Fence before = fence();
    enter(running(8, withLearner(shard(0, C1), A1)));
    out.take(CopyRequest.class);
    memory.stage(text(5));
    replica.onBlock(before, 1, record(5));
    assertEquals(record(5), out.last(CaughtUp.class).record());
    assertEquals(0, memory.live());
  }

  /** Trace 34: what comes late of a run that was given up must not stand beside what is true. */
  @Test
  void nothingOfAnEarlierGenerationCounts() {
    block(0, 5);
    fed(5);
    gradient(5);
    Fence before = fence();
    enter(HEALING.next().nextGeneration());
    assertEquals(0, memory.live());
    memory.stage(text(5));
    replica.onBlock(before, 0, record(5));
    replica.onBlock(before, 1, record(5));
    replica.on(B1, new Fed(before, record(6), Digest.ofText("g5")));
    assertEquals(List.of(), memory.versions());
    assertEquals(List.of(ask(0, -1), ask(1, -1)), askedAfterATick());
  }

  @Test
  void aLearnerThatIsMadeAReplicaKeepsWhatItCopied() {
    block(0, 8);
    block(1, 8);
    fed(8);
    enter(running(8, shard(0, B1, A1)));
    block(0, 9);
    gradient(8);
    assertEquals(List.of(8L), memory.versions());
    assertEquals(8, out.last(Reported.class).report().newest());
  }

  /** Trace 20. */
  @Test
  void whatAConfiguredOutReplicaHasDoesNotCountWhenItComesBack() {
    memory = TextMemory.holding(4, 5);
    replica = new Replica(A1, 0, memory, out);
    enter(HEALING);
    assertEquals(List.of(), out.last(Reported.class).report().records());
    replica.onTick();
    assertEquals(-1, out.last(CopyRequest.class).above());
  }

  @Test
  void aReplicaThatIsMadeALearnerStartsAnew() {
    memory = TextMemory.holding(4, 5);
    replica = new Replica(A1, 0, memory, out);
    enter(running(1, shard(0, B1, A1)));
    given(5, "g");
    enter(running(2, withLearner(shard(0, B1), A1)));
    assertEquals(List.of(), memory.versions());
    assertEquals(0, memory.live());
  }

  /** Whoever is asked may be the one that is gone. */
  @Test
  void asksAnotherReplicaWhenNothingComes() {
    memory = TextMemory.ofBlocks(1);
    replica = new Replica(A1, 0, memory, out);
    enter(running(7, withLearner(shard(0, B1, C1), A1)));
    out.takeAsked();
    replica.onTick();
    replica.onTick();
    assertEquals(List.of(C1, B1), out.takeAsked());
  }

  private CopyRequest ask(int block, long above) {
    return new CopyRequest(fence(), block, above);
  }

  private List<CopyRequest> askedAfterATick() {
    replica.onTick();
    return out.take(CopyRequest.class);
  }

  private static String text(long version) {
    StringBuilder text = new StringBuilder("v5");
    IntStream.range(5, (int) version).forEach(step -> text.append(" g").append(step));
    return text.toString();
  }

  private CommitRecord record(long version) {
    return memory.recordOf(version, text(version));
  }

  private void block(int block, long version) {
    memory.stage(text(version));
    replica.onBlock(fence(), block, record(version));
  }

  private void fed(long step) {
    replica.on(B1, new Fed(fence(), record(step + 1), Digest.ofText("g" + step)));
  }

  private void gradient(long step) {
    replica.onGradient(B1, step, memory.piece("g" + step));
  }
}
