package dev.sampo.protocol.shard;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.B2;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.record;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static dev.sampo.protocol.Examples.withLearner;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.message.Message.Applied;
import dev.sampo.protocol.message.Message.CaughtUp;
import dev.sampo.protocol.message.Message.CopyFrom;
import dev.sampo.protocol.message.Message.CopyRequest;
import dev.sampo.protocol.message.Message.Reported;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How learners, and replicas that are behind, come by a version. */
class CopyingTest extends OneReplica {
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

  /** Trace 34: a late copy of a run that was given up must not stand beside what is true. */
  @Test
  void aLearnerKeepsNothingBesideTheVersionThatItTookOver() {
    memory = new TextMemory();
    replica = new Replica(A1, 0, memory, out);
    enter(running(1, withLearner(shard(0, B1), A1)));
    replica.onCopy(record(7, " of a run that was given up"));
    replica.onCopy(record(8, ""));
    assertEquals(List.of(8L), memory.versions());
  }
}
