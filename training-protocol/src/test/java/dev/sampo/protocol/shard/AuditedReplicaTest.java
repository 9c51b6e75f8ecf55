package dev.sampo.protocol.shard;

import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.audited;
import static dev.sampo.protocol.Examples.digest;
import static dev.sampo.protocol.Examples.shard;
import static dev.sampo.protocol.Examples.wrong;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Clearance;
import dev.sampo.protocol.message.Message.Base;
import dev.sampo.protocol.message.Message.Coverage;
import dev.sampo.protocol.message.Message.Hold;
import dev.sampo.protocol.message.Message.PieceAnswer;
import dev.sampo.protocol.message.Sighting;
import dev.sampo.protocol.message.Sighting.Fate;
import dev.sampo.protocol.message.Verdict;
import dev.sampo.protocol.tree.TreeNode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An owner of a job of which every slot is audited. */
class AuditedReplicaTest extends OneReplica {
  private static final WorkerId OTHER = new WorkerId(B1, 0);
  private static final Configuration OWNER = audited(1, shard(0, A1, B1));

  private void gather() {
    enter(OWNER);
    base(5);
    wholeGradient(5);
  }

  private void clear() {
    say(new Base(fence(), 5, BASE, List.of(), Clearance.GIVEN));
  }

  @Test
  void itHasNobodyHoldTheGradientBeforeTheAuditsAreOver() {
    gather();
    assertEquals(List.of(), out.take(Hold.class));
    clear();
    assertEquals(digest(WHOLE), out.last(Hold.class).gradient());
  }

  @Test
  void itTellsWhatCameWhetherItIsAddedUpOrNot() {
    gather();
    out.take(Coverage.class);
    replica.onPiece(OTHER, 5, BASE.prefix(), new TreeNode(2, 1), memory.piece("lie"));
    assertEquals(
        List.of(
            new Sighting(2, WORKER, digest("2"), Fate.TAKEN),
            new Sighting(2, OTHER, digest("lie"), Fate.COMPARED)),
        out.last(Coverage.class).seen());
    base(5);
    assertEquals(5, out.last(Coverage.class).seen().size());
    assertEquals(1, memory.live());
  }

  /** Such a sum would tell nothing of its slots. */
  @Test
  void itRefusesAnAuditedSlotThatIsAddedToOthers() {
    enter(OWNER);
    base(5);
    piece(5, 0, 2, "01");
    assertEquals(Verdict.REFUSED, out.last(PieceAnswer.class).verdict());
  }

  /** Trace 23: the verdict comes when the wrong piece is merged already. */
  @Test
  void aVerdictDropsAllThatWasGathered() {
    gather();
    enter(OWNER.next().quarantining(List.of(wrong(C1))));
    assertEquals(0, memory.live());
    base(5);
    assertEquals(List.of(), out.last(Coverage.class).held());
    piece(5, 0, 1, "0");
    assertEquals(Verdict.REFUSED, out.last(PieceAnswer.class).verdict());
    replica.onPiece(OTHER, 5, BASE.prefix(), new TreeNode(0, 1), memory.piece("0"));
    assertEquals(Verdict.COVERED, out.last(PieceAnswer.class).verdict());
  }

  /** Another would take it for a gradient that was found in order. */
  @Test
  void whoIsOwnerNoMoreKeepsNoGradientOfOpenAudits() {
    gather();
    enter(audited(2, shard(0, B1, A1)));
    assertEquals(0, memory.live());
  }

  @Test
  void aGradientThatWasFoundInOrderIsKeptUnderTheNextFence() {
    gather();
    clear();
    enter(OWNER.next());
    base(5);
    assertEquals(digest(WHOLE), out.last(Hold.class).gradient());
  }
}
