package dev.sampo.actors.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.AuditRule;
import dev.sampo.protocol.Ballot;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.EvaluationRule;
import dev.sampo.protocol.Evaluations;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.LearningRate;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.Orders;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.SnapshotRule;
import dev.sampo.protocol.Term;
import dev.sampo.protocol.Verdicts;
import dev.sampo.protocol.register.VoterState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NodeFolderTest {
  private static final NodeId ANVIL = new NodeId("anvil");

  @TempDir Path temporary;

  @Test
  void everyLifeHasAHigherNumberEvenWhenTheClockGoesBack() {
    long last = 0;
    for (long wallClockMs : new long[] {1_000_000, 1_000_000, 1_000_001, 5, 0, 2_000_000}) {
      try (NodeFolder folder = open()) {
        long incarnation = folder.begin(ANVIL, wallClockMs).incarnation();
        assertTrue(
            incarnation > last,
            () -> "incarnation=" + incarnation + ", wallClockMs=" + wallClockMs);
        last = incarnation;
      }
    }
  }

  @Test
  void nodesThatBeginAtOneMomentHaveDifferentNumbers() {
    try (NodeFolder one = open();
        NodeFolder other = NodeFolder.open(temporary.resolve("other"))) {
      Member anvil = one.begin(ANVIL, 1_000_000);
      Member lathe = other.begin(new NodeId("lathe"), 1_000_000);
      assertNotEquals(anvil.incarnation(), lathe.incarnation());
    }
  }

  @Test
  void termsOnlyRise() {
    try (NodeFolder folder = open()) {
      assertEquals(1, folder.nextAbove(0));
      assertEquals(2, folder.nextAbove(0));
      assertEquals(41, folder.nextAbove(40));
    }
    try (NodeFolder folder = open()) {
      assertEquals(42, folder.nextAbove(7), "after a restart");
    }
  }

  @Test
  void theVoteSurvives() {
    VoterState promised = new VoterState(new Term(Long.MAX_VALUE, ANVIL), null);
    VoterState accepted =
        new VoterState(
            new Term(Long.MAX_VALUE, ANVIL), new Ballot(new Term(3, ANVIL), configuration()));
    for (VoterState state : List.of(promised, accepted)) {
      try (NodeFolder folder = open()) {
        folder.write(state);
        assertEquals(state, folder.read());
      }
      try (NodeFolder folder = open()) {
        assertEquals(state, folder.read(), "after a restart");
      }
    }
  }

  @Test
  void aVoterThatNeverVotedHasPromisedNothing() {
    try (NodeFolder folder = open()) {
      assertEquals(VoterState.EMPTY, folder.read());
    }
  }

  @Test
  void aWriteThatWasCutShortLeavesWhatWasThere() throws IOException {
    VoterState promised = new VoterState(new Term(5, ANVIL), null);
    try (NodeFolder folder = open()) {
      assertEquals(9, folder.nextAbove(8));
      folder.write(promised);
    }
    Files.writeString(path().resolve("voter.json.tmp"), "{\"promised\":{\"cou");
    Files.writeString(path().resolve("term.tmp"), "");
    try (NodeFolder folder = open()) {
      assertEquals(promised, folder.read());
      assertEquals(10, folder.nextAbove(0));
    }
  }

  @Test
  void refusesASecondOpenerUntilTheFirstHasClosed() {
    try (NodeFolder first = open()) {
      NodeFailure refusal = assertThrows(NodeFailure.class, this::open);
      assertEquals(
          "a node's folder belongs to one process at a time: node.folder=%s; hint: stop the node that uses it, or set another node.folder"
              .formatted(first.path()),
          refusal.getMessage());
    }
    open().close();
  }

  @Test
  void refusesAFolderThatCannotBeWritten() throws IOException {
    Path plain = Files.writeString(temporary.resolve("plain"), "a file");
    Path below = plain.resolve("below");
    NodeFailure refusal = assertThrows(NodeFailure.class, () -> NodeFolder.open(below));
    assertEquals(
        "a node's folder must be writable: node.folder=%s, reason=java.nio.file.FileSystemException: %s: Not a directory; hint: set node.folder to a folder that this user may write"
            .formatted(below, below),
        refusal.getMessage());
  }

  private NodeFolder open() {
    return NodeFolder.open(path());
  }

  private Path path() {
    return temporary.resolve("node");
  }

  private static Configuration configuration() {
    Member life = new Member(ANVIL, Long.MAX_VALUE);
    JobSpec job =
        new JobSpec(
            new JobId("0123456789abcdef"),
            "text\n",
            8,
            2,
            Long.MAX_VALUE,
            1,
            1,
            new LearningRate(1.0 / 3.0, Double.MIN_VALUE, 0, 1),
            1,
            5,
            false,
            SnapshotRule.NONE,
            new EvaluationRule(3, 2, 1),
            new AuditRule(0.05));
    return new Configuration(
        1,
        Long.MAX_VALUE,
        job,
        JobStatus.RUNNING,
        List.of(ANVIL),
        List.of(new ShardMembers(0, List.of(life), life, List.of())),
        "cpu-f32-9c41e0",
        "",
        Orders.NONE,
        Evaluations.NONE,
        Verdicts.NONE);
  }
}
