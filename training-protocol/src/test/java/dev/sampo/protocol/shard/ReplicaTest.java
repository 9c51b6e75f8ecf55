package dev.sampo.protocol.shard;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.decision;
import static dev.sampo.protocol.Examples.digest;
import static dev.sampo.protocol.Examples.inStatus;
import static dev.sampo.protocol.Examples.mixed;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static dev.sampo.protocol.Examples.skip;
import static dev.sampo.protocol.Examples.term;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.Origin;
import dev.sampo.protocol.message.Clearance;
import dev.sampo.protocol.message.Message.Apply;
import dev.sampo.protocol.message.Message.Base;
import dev.sampo.protocol.message.Message.Fenced;
import dev.sampo.protocol.message.Message.PullParameters;
import dev.sampo.protocol.message.Message.Report;
import dev.sampo.protocol.message.Message.Reported;
import dev.sampo.protocol.message.Scrutiny;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a replica is, and whom it obeys. */
class ReplicaTest extends OneReplica {
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
    say(new Base(old, 5, BASE, List.of(), Clearance.AWAITED));
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

  private static Configuration restored(long generation, long number) {
    Configuration now = inStatus(JobStatus.CREATED, number, shard(0, A1));
    return new Configuration(
        generation,
        number,
        now.job(),
        now.status(),
        now.voters(),
        now.shards(),
        "",
        "",
        now.orders().forTheNextRun(new Origin(generation, 5, "/v5", "the manifest")),
        now.evaluations(),
        now.verdicts());
  }

  /**
   * Trace 38: those who were taken for lost know of no later generation, and a restarted node
   * neither.
   */
  @Test
  void whereClassesAreMixedAStoreKnowsWhichHistoryItIsOf() {
    Configuration earlier = running(9, shard(0, A1, B1));
    enter(running(1, shard(0, B1, A1)).nextGeneration());
    given(5, WHOLE);
    apply(5, WHOLE);
    Fence written = fence();
    replica = new Replica(A1, 0, memory, out);
    enter(mixed(earlier));
    assertEquals(new Fenced(fence(), written), out.last(Fenced.class));
    assertEquals(
        List.of(),
        out.take(Reported.class).stream().filter(r -> r.fence().equals(fence())).toList());
    enter(earlier);
    assertEquals(6, out.last(Reported.class).report().newest());
  }

  /** In a mixed job the same version of two runs has different bits. */
  @Test
  void loadsASnapshotOnceEvenIfItHeldThatVersion() {
    enter(restored(1, 2));
    assertEquals(List.of(5L), memory.versions());
    CommitRecord loaded = memory.records().getFirst();
    assertEquals(digest("v5 of the manifest"), loaded.parameters());
    memory.unreadable = "it is not there";
    enter(restored(1, 3));
    assertEquals(loaded, out.last(Reported.class).report().records().getFirst());
  }

  @Test
  void aReplicaThatCannotLoadTheSnapshotHoldsNothingAndSaysWhy() {
    memory.unreadable = "it is not there";
    enter(restored(1, 2));
    assertEquals(List.of(), memory.versions());
    assertEquals("it is not there", out.last(Reported.class).report().failure());
    memory.unreadable = "";
    enter(restored(1, 3));
    assertEquals("", out.last(Reported.class).report().failure());
    assertEquals(List.of(5L), memory.versions());
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
}
