package dev.sampo.protocol.register;

import static dev.sampo.protocol.Examples.A;
import static dev.sampo.protocol.Examples.A1;
import static dev.sampo.protocol.Examples.B1;
import static dev.sampo.protocol.Examples.running;
import static dev.sampo.protocol.Examples.shard;
import static dev.sampo.protocol.Examples.term;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.protocol.Ballot;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Accepted;
import dev.sampo.protocol.message.Message.Configured;
import dev.sampo.protocol.message.Message.Fenced;
import dev.sampo.protocol.message.Message.Prepare;
import dev.sampo.protocol.message.Message.Promised;
import dev.sampo.protocol.message.Message.Refused;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each row of the table in {@link Voter}. */
class VoterTest {
  private static final Configuration ONE = running(1, shard(0, A1));
  private static final Configuration TWO = running(2, shard(0, A1, B1));

  private final MemoryDisk disk = new MemoryDisk();
  private Voter voter = new Voter(disk);

  @Test
  void promisesAHigherTermAndTellsWhatItAccepted() {
    assertEquals(new Promised(term(1), null), voter.on(new Prepare(term(1))));
    voter.on(new Accept(term(1), ONE));
    assertEquals(new Promised(term(2), new Ballot(term(1), ONE)), voter.on(new Prepare(term(2))));
    assertEquals(term(2), disk.read().promised());
  }

  /** Trace 2: refused repeats took three times the coordinators. */
  @Test
  void answersARepeatedPrepareOrAcceptTheSameWay() {
    Prepare prepare = new Prepare(term(1));
    assertEquals(voter.on(prepare), voter.on(prepare));
    Accept accept = new Accept(term(1), ONE);
    assertEquals(new Accepted(term(1), 1), voter.on(accept));
    assertEquals(new Accepted(term(1), 1), voter.on(accept));
  }

  @Test
  void refusesALowerTerm() {
    voter.on(new Prepare(term(3)));
    assertEquals(new Refused(term(2), term(3)), voter.on(new Prepare(term(2))));
    assertEquals(new Refused(term(2), term(3)), voter.on(new Accept(term(2), ONE)));
  }

  @Test
  void acceptsAHigherTermThatItNeverPromised() {
    voter.on(new Prepare(term(1)));
    assertEquals(new Accepted(term(2), 1), voter.on(new Accept(term(2), ONE)));
    assertEquals(new Refused(term(1), term(2)), voter.on(new Prepare(term(1))));
  }

  /** Trace 37. */
  @Test
  void whatIsWithoutAnAcceptedLossIsFencedWhateverItsTerm() {
    Configuration left = TWO.afterALoss(List.of(A), 1_000);
    voter.on(new Accept(term(1), left));
    Fence known = left.under(term(1));
    voter = new Voter(disk);
    assertEquals(
        new Fenced(ONE.under(term(9)), known), voter.on(new Accept(term(9), ONE)), "higher");
    assertEquals(
        new Fenced(ONE.under(term(0)), known), voter.on(new Accept(term(0), ONE)), "lower");
    assertEquals(new Ballot(term(1), left), disk.read().accepted());
    assertEquals(1_000, voter.state().loss());
    assertTrue(voter.state().ignores(new Configured(ONE.under(term(9)), ONE)));
    assertFalse(voter.state().ignores(new Configured(known, left)));
    Configuration next = left.next();
    assertEquals(new Accepted(term(2), next.number()), voter.on(new Accept(term(2), next)));
  }

  @Test
  void refusesALowerNumberOrAnotherValueUnderTheSameFence() {
    voter.on(new Accept(term(1), TWO));
    assertEquals(new Refused(term(1), term(1)), voter.on(new Accept(term(1), ONE)));
    Configuration other = running(2, shard(0, B1));
    assertEquals(new Refused(term(1), term(1)), voter.on(new Accept(term(1), other)));
    assertEquals(new Ballot(term(1), TWO), disk.read().accepted());
  }

  @Test
  void rememberWhatItSaidAfterARestart() {
    voter.on(new Prepare(term(5)));
    voter.on(new Accept(term(5), ONE));
    voter = new Voter(disk);
    assertEquals(new Refused(term(4), term(5)), voter.on(new Prepare(term(4))));
    assertEquals(new Promised(term(6), new Ballot(term(5), ONE)), voter.on(new Prepare(term(6))));
  }

  /** A disk that shows what was on it before the answer left. */
  private static final class MemoryDisk implements VoterDisk {
    private VoterState state = VoterState.EMPTY;

    @Override
    public VoterState read() {
      return state;
    }

    @Override
    public void write(VoterState next) {
      state = next;
    }
  }
}
