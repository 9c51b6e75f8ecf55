package dev.sampo.protocol.coordinator;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.B2;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.record;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Base;
import dev.sampo.protocol.message.Message.Grant;
import dev.sampo.protocol.message.Message.Reported;
import dev.sampo.protocol.message.ReplicaReport;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whom a coordinator waits for before it acts, and whom it leaves out. */
class ReportingTest {
  private static final Configuration PAIR = running(7, shard(0, A1, B1));
  private static final CommitRecord FIVE = record(5, "");

  private final Script script = new Script(Script.everyone());

  /** Trace 9. */
  @Test
  void waitsForTheReportsOfAllReplicas() {
    script.takeUp(PAIR);
    script.idle(Script.everyone());
    script.report(0, A1, FIVE);
    script.pass(100_000);
    script.tick();
    assertEquals(List.of(), script.all(Grant.class));
    assertEquals(List.of(), script.all(Base.class));
    script.report(0, B1, FIVE);
    script.tick();
    assertEquals(List.of(A1, B1), script.hearersOf(Base.class));
  }

  /** The dead replica may be the only one with a store. */
  @Test
  void waitsForADeadReplicaUntilOneWhoStaysHasAVersion() {
    script.alive(A1, B2, C1);
    script.takeUp(running(7, shard(0, B1, A1)));
    script.alive(B2, C1);
    script.tick();
    script.accept();
    script.report(0, B2);
    script.pass(100_000);
    script.forget();
    script.tick();
    assertEquals(List.of(), script.proposals(), "a is the last with a store");
    script.alive(A1, B2, C1);
    script.tick();
    script.report(0, A1, FIVE);
    Configuration next = script.last(Accept.class).configuration();
    assertEquals(List.of(A1), next.shards().getFirst().replicas());
    assertEquals(List.of(B2), next.shards().getFirst().learners());
  }

  /** Trace 27. */
  @Test
  void whatDamageHasLeftDoesNotSpeakForAShardWhileAnUndamagedReplicaMayComeBack() {
    script.alive(A1, C1);
    script.takeUp(PAIR);
    script.tick();
    script.accept();
    ReplicaReport damaged = new ReplicaReport(List.of(FIVE), -1, null, 6, List.of(), "");
    script.hear(A1, new Reported(script.fence(), 0, damaged));
    script.pass(100_000);
    script.forget();
    script.tick();
    assertEquals(List.of(), script.proposals(), "b has version 6, and may come back");
  }

  @Test
  void leavesADeadReplicaOutAsSoonAsAnotherHasReported() {
    script.alive(A1, C1);
    script.takeUp(PAIR);
    script.tick();
    assertEquals(PAIR.number() + 1, script.last(Accept.class).configuration().number());
    script.report(0, A1, FIVE);
    script.tick();
    Configuration next = script.last(Accept.class).configuration();
    assertEquals(List.of(A1), next.shards().getFirst().replicas());
    assertEquals(List.of(C1), next.shards().getFirst().learners());
  }
}
