package dev.sampo.protocol.coordinator;

import static dev.sampo.protocol.Examples.A;
import static dev.sampo.protocol.Examples.B;
import static dev.sampo.protocol.Examples.C;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.membership.ClusterView;
import dev.sampo.protocol.membership.NodeCard;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ElectorateTest {
  private static final NodeId D = new NodeId("d");
  private static final NodeId E = new NodeId("e");
  private static final NodeId F = new NodeId("f");
  private static final NodeId NOBODY = new NodeId("nobody");
  private static final long GRACE_MS = 1_000;

  private final Electorate electorate = new Electorate(GRACE_MS);
  private long nowMs = 50_000;
  private NodeId leaving = NOBODY;

  private ClusterView staying(NodeId... nodes) {
    return alive(Arrays.stream(nodes).filter(node -> !node.equals(leaving)).toArray(NodeId[]::new));
  }

  private static ClusterView alive(NodeId... nodes) {
    return new ClusterView(
        Arrays.stream(nodes)
            .map(node -> new NodeCard(new Member(node, 1), "", 0, false, 0, List.of()))
            .toList());
  }

  /** Every set on the way to the one that stays; each differs from the last by one node. */
  private List<List<NodeId>> settle(List<NodeId> voters, NodeId... alive) {
    List<List<NodeId>> path = new ArrayList<>();
    List<NodeId> now = voters;
    List<NodeId> next = electorate.next(now, alive(alive), staying(alive), nowMs);
    while (!next.equals(now)) {
      assertEquals(1, Math.abs(next.size() - now.size()), now + " to " + next);
      assertTrue(next.containsAll(now) || now.containsAll(next), now + " to " + next);
      path.add(next);
      now = next;
      next = electorate.next(now, alive(alive), staying(alive), nowMs);
    }
    return path;
  }

  /** Trace 1. */
  @Test
  void growsByOneNodeAtATime() {
    assertEquals(
        List.of(List.of(A, B), List.of(A, B, C), List.of(A, B, C, D), List.of(A, B, C, D, E)),
        settle(List.of(A), A, B, C, D, E, F));
  }

  @Test
  void twoNodesHaveOneVoter() {
    assertEquals(List.of(), settle(List.of(A), A, B));
    assertEquals(List.of(), settle(List.of(A, B, C), A, B, C, D));
  }

  @Test
  void anInterruptedGrowthIsFinishedWhenANodeComes() {
    assertEquals(List.of(), settle(List.of(A, B), A, B));
    assertEquals(List.of(List.of(A, B, C)), settle(List.of(A, B), A, B, C));
  }

  @Test
  void aVoterThatIsGoneForLongIsSucceeded() {
    assertEquals(List.of(), settle(List.of(A, B, C), A, B, D), "it may come back");
    nowMs += GRACE_MS;
    assertEquals(List.of(List.of(A, B, C, D), List.of(A, B, D)), settle(List.of(A, B, C), A, B, D));
  }

  @Test
  void fiveVotersFirstLeaveTheOneWhoIsGoneOut() {
    List<NodeId> five = List.of(A, B, C, D, E);
    assertEquals(List.of(), settle(five, A, B, C, D, F));
    nowMs += GRACE_MS;
    assertEquals(List.of(List.of(A, B, C, D), List.of(A, B, C, D, F)), settle(five, A, B, C, D, F));
  }

  @Test
  void neverShrinksForWantOfNodes() {
    electorate.next(List.of(A, B, C), alive(A, B), staying(A, B), nowMs);
    nowMs += GRACE_MS;
    assertEquals(List.of(), settle(List.of(A, B, C), A, B));
  }

  @Test
  void aVoterThatCameBackIsNotGone() {
    electorate.next(List.of(A, B, C), alive(A, B, D), staying(A, B, D), nowMs);
    nowMs += GRACE_MS - 1;
    electorate.next(List.of(A, B, C), alive(A, B, C, D), staying(A, B, C, D), nowMs);
    nowMs += 1;
    assertEquals(List.of(), settle(List.of(A, B, C), A, B, D));
  }

  @Test
  void aVoterThatIsToLeaveIsSucceededFirstWhereThereIsRoom() {
    leaving = A;
    assertEquals(
        List.of(List.of(A, B, C, D), List.of(B, C, D)), settle(List.of(A, B, C), A, B, C, D));
    leaving = NOBODY;
    assertEquals(List.of(), settle(List.of(B, C, D), A, B, C, D));
  }

  @Test
  void theOnlyVoterIsSucceededByWhoeverIsThere() {
    leaving = A;
    assertEquals(List.of(List.of(A, B), List.of(B)), settle(List.of(A), A, B));
    assertEquals(List.of(), settle(List.of(A), A), "nobody could decide any more");
  }

  @Test
  void aVoterThatIsToLeaveIsLetGoForWantOfNodes() {
    leaving = B;
    assertEquals(List.of(List.of(A, C)), settle(List.of(A, B, C), A, B, C));
    assertEquals(
        List.of(), settle(List.of(A, B, C), A, B), "a set in which nobody can be missed waits");
  }
}
