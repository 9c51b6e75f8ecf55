package dev.sampo.protocol.shard;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.B2;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static dev.sampo.protocol.Examples.skip;
import static dev.sampo.protocol.Examples.withLearner;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.message.Message.Applied;
import dev.sampo.protocol.message.Message.Apply;
import dev.sampo.protocol.message.Message.CopyFrom;
import dev.sampo.protocol.message.Message.CopyRequest;
import dev.sampo.protocol.message.Message.Fed;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How replicas that are behind come by a version, and what a replica gives to those who copy. */
class CopyingTest extends OneReplica {
  private static final Configuration HEALING = running(1, withLearner(shard(0, A1), B2));

  @Test
  void copiesTheVersionThatRecoveryFoundInAnotherReplica() {
    memory = TextMemory.ofBlocks(3);
    replica = new Replica(A1, 0, memory, out);
    enter(running(1, shard(0, B1, A1)));
    CommitRecord six = memory.recordOf(6, "v6");
    say(new CopyFrom(fence(), B1, six));
    assertEquals(
        List.of(new CopyRequest(fence(), 0, 5), new CopyRequest(fence(), 1, 5)),
        out.take(CopyRequest.class));
    arrives(0, memory.recordOf(6, "of a dead owner"), "of a dead owner");
    assertEquals(List.of(), out.take(CopyRequest.class));
    arrives(1, six, "v6");
    assertEquals(new CopyRequest(fence(), 2, 5), out.last(CopyRequest.class));
    arrives(2, six, "v6");
    arrives(0, six, "v6");
    assertEquals(six, out.last(Applied.class).record());
    assertEquals(List.of(6L), memory.versions());
    say(new CopyFrom(fence(), B1, six));
    assertEquals(six, out.last(Applied.class).record());
  }

  @Test
  void aVersionThatWasCopiedWrongIsCopiedAnew() {
    memory = TextMemory.ofBlocks(1);
    replica = new Replica(A1, 0, memory, out);
    enter(running(1, shard(0, B1, A1)));
    CommitRecord six = memory.recordOf(6, "v6");
    say(new CopyFrom(fence(), B1, six));
    out.take(CopyRequest.class);
    arrives(0, six, "v6, a bit flipped");
    assertEquals(new CopyRequest(fence(), 0, 5), out.last(CopyRequest.class));
    arrives(0, six, "v6");
    assertEquals(six, out.last(Applied.class).record());
  }

  @Test
  void recoveryRepeatsAndWhatIsUnderWayIsNotAskedForTwice() {
    memory = TextMemory.ofBlocks(4);
    replica = new Replica(A1, 0, memory, out);
    enter(running(1, shard(0, B1, A1)));
    CommitRecord six = memory.recordOf(6, "v6");
    say(new CopyFrom(fence(), B1, six));
    arrives(0, six, "v6");
    out.take(CopyRequest.class);
    say(new CopyFrom(fence(), B1, six));
    assertEquals(List.of(), out.take(CopyRequest.class), "something came since");
    say(new CopyFrom(fence(), B1, six));
    assertEquals(
        List.of(new CopyRequest(fence(), 1, 5), new CopyRequest(fence(), 2, 5)),
        out.take(CopyRequest.class));
  }

  @Test
  void aLearnerIsGivenOnlyWhatIsCommitted() {
    enter(HEALING);
    base(5);
    wholeGradient(5);
    apply(5, WHOLE);
    out.takeBytes();
    replica.on(B2, new CopyRequest(fence(), 0, -1));
    assertEquals(List.of(new RecordingOutput.Bytes(B2, "block 0 of version 5")), out.takeBytes());
    replica.on(B2, new CopyRequest(fence(), 0, 5));
    replica.on(B2, new CopyRequest(fence(), 1, -1));
    replica.on(C1, new CopyRequest(fence(), 0, -1));
    assertEquals(List.of(), out.takeBytes(), "nothing newer, no such block, no learner");
  }

  @Test
  void aLearnerIsFedAStepWhenItIsCommittedAndOnce() {
    enter(HEALING);
    base(5);
    wholeGradient(5);
    apply(5, WHOLE);
    assertEquals(List.of(), out.take(Fed.class));
    out.takeBytes();
    base(6);
    Fed fed = out.last(Fed.class);
    assertEquals(6, fed.record().version());
    assertEquals(Digest.ofText(WHOLE), fed.gradient());
    assertEquals(List.of(new RecordingOutput.Bytes(B2, "gradient of step 5")), out.takeBytes());
    base(6);
    assertEquals(List.of(), out.take(Fed.class));
    assertEquals(List.of(), out.takeBytes());
  }

  @Test
  void aSkippedStepIsFedWithoutAGradient() {
    enter(HEALING);
    base(5);
    wholeGradient(5);
    say(new Apply(fence(), null, skip(5)));
    out.takeBytes();
    base(6);
    assertEquals(null, out.last(Fed.class).gradient());
    assertEquals(List.of(), out.takeBytes());
  }

  /** Trace 35: an owner that held a gradient of its own copied a version made with another one. */
  @Test
  void aGradientThatWasNotAppliedIsNotFed() {
    enter(HEALING);
    base(5);
    wholeGradient(5);
    CommitRecord six = memory.recordOf(6, "made with another gradient");
    say(new CopyFrom(fence(), B1, six));
    arrives(0, six, "made with another gradient");
    assertEquals(six, out.last(Applied.class).record());
    base(6);
    assertEquals(List.of(), out.take(Fed.class));
    assertEquals(0, memory.live());
  }

  @Test
  void whatAReplicaIsFedIsNothingToIt() {
    enter(running(1, shard(0, B1, A1)));
    say(new Fed(fence(), memory.recordOf(6, "v5 g"), Digest.ofText("g")));
    assertEquals(List.of(5L, 4L), memory.versions());
  }

  private void arrives(int block, CommitRecord record, String text) {
    memory.stage(text);
    replica.onBlock(fence(), block, record);
  }
}
