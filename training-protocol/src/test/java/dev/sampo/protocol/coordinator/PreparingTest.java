package dev.sampo.protocol.coordinator;

import static dev.sampo.protocol.Examples.A;
import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.B2;
import static dev.sampo.protocol.Examples.C;
import static dev.sampo.protocol.Examples.C1;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sampo.protocol.Ballot;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Examples;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.membership.ClusterView;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Accepted;
import dev.sampo.protocol.message.Message.Prepare;
import dev.sampo.protocol.message.Message.Promised;
import dev.sampo.protocol.message.Message.Refused;
import dev.sampo.protocol.message.Message.Report;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Until a configuration is in force, and who may say so. */
class PreparingTest {
  private static final Configuration PAIR = running(7, shard(0, A1, B1));

  private final Script script = new Script(Script.everyone());

  /** Trace 5. */
  @Test
  void acceptsTheConfigurationThatItFoundAnewBeforeItActs() {
    script.promise(PAIR);
    script.tick();
    Accept accept = script.last(Accept.class);
    assertEquals(PAIR.next(), accept.configuration());
    script.hear(Member.anyOf(B), new Accepted(accept.term(), 8));
    script.tick();
    assertEquals(List.of(), script.hearersOf(Object.class));
    script.accept();
    assertEquals(List.of(A1, B1), script.hearersOf(Report.class).subList(0, 2));
  }

  @Test
  void takesTheHighestConfigurationThatAMajorityOfItsVotersKnows() {
    Prepare prepare = script.last(Prepare.class);
    Configuration older = running(9, shard(0, B1));
    script.hear(
        Member.anyOf(B), new Promised(prepare.term(), new Ballot(Examples.term(-1), older)));
    script.hear(Member.anyOf(C), new Promised(prepare.term(), new Ballot(Examples.term(0), PAIR)));
    script.tick();
    assertEquals(PAIR.next(), script.last(Accept.class).configuration());
  }

  /** Trace 3: a restarted proposer that had not stored its term would use it twice. */
  @Test
  void noTermIsHeardOfBeforeTheDiskHasIt() {
    Script recording = new Script();
    List<Integer> saidWhenStored = new ArrayList<>();
    Coordinator coordinator =
        new Coordinator(
            A,
            List.of(A),
            floor -> {
              saidWhenStored.add(recording.all(Prepare.class).size());
              return floor + 10;
            },
            recording,
            Script.SETTINGS,
            0);
    int before = recording.all(Prepare.class).size();
    coordinator.onTick(ClusterView.EMPTY, 1);
    assertEquals(List.of(before), saidWhenStored);
    assertEquals(10, recording.last(Prepare.class).term().counter());
  }

  @Test
  void aLateRepeatOfItsOwnOlderProposalDoesNotEndItsReign() {
    script.takeUp(PAIR);
    script.alive(A1, B2, C1);
    script.tick();
    Accept accept = script.last(Accept.class);
    script.hear(Member.anyOf(C), new Refused(accept.term(), accept.term()));
    assertEquals(List.of(), script.notes(Note.StoodDown.class));
    script.accept();
    assertEquals(2, script.notes(Note.Chosen.class).size());
  }
}
