package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Accepted;
import dev.sampo.protocol.message.Message.Refused;
import dev.sampo.protocol.message.Message.ToCoordinator;
import java.util.Set;
import java.util.TreeSet;

/**
 * Has the voters accept a configuration. While it is proposed nothing is sent under the old one: it
 * may have been chosen already.
 */
final class Proposing implements Phase {
  private final Coordinator coordinator;
  private final Reign reign;
  private final Configuration proposed;
  private final String why;
  private final Set<NodeId> accepted = new TreeSet<>();
  private final Every retry;

  Proposing(Coordinator coordinator, Reign reign, Configuration proposed, String why) {
    this.coordinator = coordinator;
    this.reign = reign;
    this.proposed = proposed;
    this.why = why;
    this.retry = new Every(reign.settings.retryMs());
  }

  @Override
  public void on(Member from, ToCoordinator message, long nowMs) {
    switch (message) {
      case Accepted m when m.term().equals(reign.term) && m.number() == proposed.number() -> {
        if (proposed.voters().contains(from.node()) && accepted.add(from.node())) {
          lookForMajority(nowMs);
        }
      }
      case Refused m when m.forbids(reign.term) ->
          coordinator.standDown(
              "a voter refused a configuration: voter=" + from + ", promised=" + m.promised(),
              m.promised().counter(),
              nowMs);
      default -> {}
    }
  }

  private void lookForMajority(long nowMs) {
    if (accepted.size() >= Reign.majorityOf(proposed.voters())) {
      coordinator.enforce(proposed, why, nowMs);
    }
  }

  @Override
  public void onTick(long nowMs) {
    if (retry.isDue(nowMs)) {
      Accept accept = new Accept(reign.term, proposed);
      proposed.voters().stream()
          .filter(voter -> !accepted.contains(voter))
          .forEach(voter -> reign.out.toVoter(voter, accept));
    }
  }
}
