package dev.sampo.protocol.coordinator;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.A2;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.B2;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.inStatus;
import static dev.sampo.protocol.Examples.job;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static dev.sampo.protocol.Examples.withLearner;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.membership.ClusterView;
import dev.sampo.protocol.membership.NodeCard;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlacementTest {
  private final Testimony testimony = new Testimony();

  private static NodeCard card(Member member, boolean stores, long memory) {
    return new NodeCard(member, "", 0, stores, memory, List.of());
  }

  private static ClusterView alive(Member... members) {
    return new ClusterView(Arrays.stream(members).map(m -> card(m, true, 1)).toList());
  }

  private ShardMembers reconciled(Configuration now, ClusterView view, boolean patient) {
    return Placement.reconcile(now, view, testimony, patient).getFirst();
  }

  private void haveVersions(Member... replicas) {
    for (Member replica : replicas) {
      testimony.reported(0, replica, 5);
    }
  }

  @Test
  void firstPlacesReplicasOnDistinctNodesInProportionToMemory() {
    ClusterView view =
        new ClusterView(List.of(card(A1, true, 300), card(B1, true, 100), card(C1, false, 1_000)));
    List<ShardMembers> shards = Placement.initial(job(4), view).orElseThrow();
    for (ShardMembers shard : shards) {
      assertEquals(2, shard.replicas().stream().map(Member::node).distinct().count());
      assertEquals(List.of(), shard.learners());
    }
    assertEquals(Optional.empty(), Placement.initial(job(1), ClusterView.EMPTY));
  }

  @Test
  void takesFewerReplicasWhereThereAreFewerNodes() {
    assertEquals(
        List.of(A1), Placement.initial(job(1), alive(A1)).orElseThrow().getFirst().replicas());
  }

  @Test
  void changesNothingWhileAllAreThere() {
    Configuration now = running(1, shard(0, A1, B1));
    assertEquals(now.shards(), Placement.reconcile(now, alive(A1, B1, C1), testimony, true));
  }

  @Test
  void aRestartedNodeStandsInForItsFormerLife() {
    Configuration now = running(1, shard(0, A1, B1));
    assertEquals(shard(0, A2, B1), reconciled(now, alive(A2, B1), false));
  }

  @Test
  void theDeadAreSucceededOnceOneWhoStaysHasAVersion() {
    Configuration now = running(1, shard(0, A1, B1));
    assertEquals(shard(0, A1, B1), reconciled(now, alive(B1, C1), false));
    haveVersions(B1);
    assertEquals(withLearner(shard(0, B1), C1), reconciled(now, alive(B1, C1), true));
  }

  @Test
  void theLastReplicasOfAShardAreNeverLeftOut() {
    Configuration now = running(1, shard(0, A1, B1));
    haveVersions(A1, B1);
    assertEquals(List.of(A1, B1), reconciled(now, alive(C1), false).replicas());
  }

  @Test
  void afterAPowerCutTheOthersAreWaitedForWhilePatient() {
    Configuration before = running(1, shard(0, A1, B1));
    Configuration now = running(2, shard(0, A2, B1));
    testimony.renamed(before.shards(), now.shards());
    haveVersions(A2);
    assertEquals(List.of(A2, B1), reconciled(now, alive(A2, C1), true).replicas());
    assertEquals(withLearner(shard(0, A2), C1), reconciled(now, alive(A2, C1), false));
    assertEquals(shard(0, A2, B2), reconciled(now, alive(A2, B2), true));
  }

  @Test
  void aRestartedReplicaThatHasLostItsStoreDoesNotDriveOutTheDeadOneThatHasIt() {
    Configuration now = running(2, shard(0, A2, B1));
    testimony.reported(0, A2, -1);
    assertEquals(List.of(A2, B1), reconciled(now, alive(A2, C1), false).replicas());
  }

  @Test
  void aDeadLearnerIsReplacedAndARestartedOneStartsItsNewLife() {
    Configuration now = running(1, withLearner(shard(0, A1), B1));
    assertEquals(withLearner(shard(0, A1), B2), reconciled(now, alive(A1, B2), false));
    assertEquals(withLearner(shard(0, A1), C1), reconciled(now, alive(A1, C1), false));
    assertEquals(shard(0, A1), reconciled(now, alive(A1), false));
  }

  @Test
  void aJobThatIsOnlyCreatedIsPlacedAnewWhenSomebodyDies() {
    Configuration now = inStatus(JobStatus.CREATED, 1, shard(0, A1, B1));
    assertEquals(shard(0, B1, C1), reconciled(now, alive(B1, C1), false));
    assertEquals(shard(0, A1, B1), reconciled(now, ClusterView.EMPTY, false));
  }

  @Test
  void promotesAndDemotes() {
    List<ShardMembers> shards = List.of(withLearner(shard(0, A1), B1), shard(1, A1));
    List<ShardMembers> promoted = Placement.promote(shards, 0, B1);
    assertEquals(List.of(shard(0, A1, B1), shard(1, A1)), promoted);
    assertEquals(withLearner(shard(0, B1), A1), Placement.demote(promoted, 0, A1).getFirst());
    assertEquals(B1, Placement.withOwner(promoted, 0, B1).getFirst().owner());
  }
}
