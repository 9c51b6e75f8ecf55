package dev.sampo.protocol.membership;

import static dev.sampo.protocol.Examples.A;
import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.A2;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.job;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.membership.Directory.Heard;
import dev.sampo.protocol.membership.NodeCard.WorkerCard;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DirectoryTest {
  private final Directory directory = new Directory(100);

  private static NodeCard card(Member member, WorkerCard... workers) {
    return new NodeCard(member, "host", 1, true, 1, List.of(workers));
  }

  private static WorkerCard worker(@Nullable JobId job, String kernelClass, double rate) {
    return new WorkerCard(0, job, kernelClass, rate, "");
  }

  @Test
  void silenceIsSuspiciousFromTheLimitOn() {
    directory.beat(card(A1), 1_000);
    assertTrue(directory.view(1_099).isAlive(A1));
    assertEquals(Optional.empty(), directory.suspicion(A1, 1_099));
    assertFalse(directory.view(1_100).isAlive(A1));
    assertEquals(
        Optional.of("a#1 was silent for 100 ms, and 100 ms is the limit"),
        directory.suspicion(A1, 1_100));
    directory.beat(card(A1), 1_200);
    assertTrue(directory.view(1_250).isAlive(A1));
  }

  @Test
  void tellsWhoseSilenceIsWorthALookBeforeItIsSuspicious() {
    directory.beat(card(A1), 1_000);
    directory.beat(card(B1), 1_040);
    assertEquals(List.of(card(A1)), directory.silentFor(50, 1_060));
    assertTrue(directory.view(1_060).isAlive(A1));
    assertTrue(directory.buried(A1));
    assertFalse(directory.buried(A1));
    assertEquals(List.of(), directory.silentFor(50, 1_060));
  }

  @Test
  void whoIsHeardOnOnePlaneOnlyIsSuspectToo() {
    directory.beat(card(A1), 1_000);
    directory.heardOnDataPlane(A1, 1_000);
    directory.heardOnDataPlane(A2, 1_090);
    directory.beat(card(A1), 1_090);
    assertTrue(directory.view(1_099).isAlive(A1));
    assertFalse(directory.view(1_100).isAlive(A1));
    assertEquals(
        Optional.of(
            "a#1 was silent on the data plane for 100 ms, and 100 ms is the limit; its last beat"
                + " on the control plane came 10 ms ago"),
        directory.suspicion(A1, 1_100));
    directory.heardOnDataPlane(A1, 1_100);
    assertTrue(directory.view(1_150).isAlive(A1));
    directory.beat(card(A2), 2_000);
    assertTrue(directory.view(2_050).isAlive(A2), "a new life starts without a past");
  }

  @Test
  void aNewLifeEndsTheOldOne() {
    assertEquals(Heard.NEW_LIFE, directory.beat(card(A1), 0));
    assertEquals(Heard.KNOWN, directory.beat(card(A1), 10));
    assertEquals(Heard.NEW_LIFE, directory.beat(card(A2), 20));
    assertEquals(Heard.OLD_LIFE, directory.beat(card(A1), 30));
    assertEquals(Optional.of(A2), directory.view(40).alive(A));
    assertTrue(directory.suspicion(A1, 40).isPresent());
    assertEquals(A2, directory.card(A).orElseThrow().member());
    assertEquals(A2, directory.byIncarnation(2).orElseThrow().member());
  }

  @Test
  void buriesOnlyTheLifeThatIsKnownToBeDead() {
    directory.beat(card(A2), 0);
    directory.buried(A1);
    assertTrue(directory.view(1).isAlive(A2));
    directory.buried(A2);
    assertFalse(directory.view(1).isAlive(A2));
    assertTrue(directory.suspicion(A2, 1).isPresent());
  }

  @Test
  void onlyReadyDevicesOfTheRightClassWork() {
    JobId id = job(1).id();
    directory.beat(card(A1, worker(id, "class", 3)), 0);
    directory.beat(card(B1, worker(null, "class", 9)), 0);
    directory.beat(
        card(C1, worker(id, "other", 2), new WorkerCard(1, id, "class", 1, "refused")), 0);
    ClusterView view = directory.view(1);
    Configuration configuration = running(1, shard(0, A1));
    assertEquals(Map.of(new WorkerId(A1, 0), 3.0), view.workersFor(configuration));
    assertEquals(Optional.of("class"), view.fastestClass(configuration));
    assertEquals(Optional.empty(), ClusterView.EMPTY.fastestClass(configuration));
  }
}
