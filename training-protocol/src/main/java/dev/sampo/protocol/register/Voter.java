package dev.sampo.protocol.register;

import dev.sampo.protocol.Ballot;
import dev.sampo.protocol.Term;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Accepted;
import dev.sampo.protocol.message.Message.Fenced;
import dev.sampo.protocol.message.Message.Prepare;
import dev.sampo.protocol.message.Message.Promised;
import dev.sampo.protocol.message.Message.Refused;
import dev.sampo.protocol.message.Message.ToCoordinator;

/**
 * One voter of the register. State is on disk before an answer leaves.
 *
 * <pre>
 *  input          when                                          becomes            answer
 *  Prepare(T)     T above promised                              promised = T       Promised(accepted)
 *                 T = promised                                  -                  the same again
 *                 else                                          -                  Refused
 *  Accept(T, c)   an accepted loss is known that c is without   -                  Fenced
 *                 T at or above promised, (T, c) above accepted accepted, promised Accepted
 *                 (T, c) = accepted                             -                  the same again
 *                 else                                          -                  Refused
 * </pre>
 */
public final class Voter {
  private final VoterDisk disk;
  private VoterState state;

  public Voter(VoterDisk disk) {
    this.disk = disk;
    this.state = disk.read();
  }

  public ToCoordinator on(Prepare prepare) {
    Term promised = state.promised();
    if (promised == null || prepare.term().compareTo(promised) > 0) {
      store(new VoterState(prepare.term(), state.accepted()));
    } else if (!prepare.term().equals(promised)) {
      return new Refused(prepare.term(), promised);
    }
    return new Promised(prepare.term(), state.accepted());
  }

  public ToCoordinator on(Accept accept) {
    Term promised = state.promised();
    Ballot ballot = new Ballot(accept.term(), accept.configuration());
    Ballot accepted = state.accepted();
    if (accepted != null && accept.configuration().orders().loss() < state.loss()) {
      return new Fenced(ballot.fence(), accepted.fence());
    }
    if (promised != null && accept.term().compareTo(promised) < 0) {
      return new Refused(accept.term(), promised);
    }
    if (accepted == null || ballot.isAbove(accepted)) {
      store(new VoterState(accept.term(), ballot));
    } else if (!ballot.equals(accepted)) {
      return new Refused(accept.term(), accepted.term());
    }
    return new Accepted(accept.term(), accept.configuration().number());
  }

  public VoterState state() {
    return state;
  }

  private void store(VoterState next) {
    disk.write(next);
    state = next;
  }
}
