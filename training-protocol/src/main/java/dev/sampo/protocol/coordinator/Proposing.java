package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Accepted;
import dev.sampo.protocol.message.Message.Fenced;
import dev.sampo.protocol.message.Message.Refused;
import dev.sampo.protocol.message.Message.ToCoordinator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Has the voters accept a configuration. While it is proposed nothing is sent under the old one: it
 * may have been chosen already.
 *
 * <p>A new voter accepts before the others are asked. Were it gone for good already, a set that
 * cannot do without it would lie with the others, and no coordinator could tell that it was never
 * chosen (trace 31).
 */
final class Proposing implements Phase {
  private final Coordinator coordinator;
  private final Reign reign;
  private final Configuration proposed;
  private final String why;
  private final Set<NodeId> accepted = new TreeSet<>();
  private final List<NodeId> newcomers;
  private final Every retry;
  private long majorityMissingSinceMs = Long.MAX_VALUE;

  Proposing(Coordinator coordinator, Reign reign, Configuration proposed, String why) {
    this.coordinator = coordinator;
    this.reign = reign;
    this.proposed = proposed;
    this.why = why;
    Configuration now = reign.configurationOrNull();
    this.newcomers =
        now == null || !now.job().equals(proposed.job())
            ? List.of()
            : proposed.voters().stream().filter(voter -> !now.voters().contains(voter)).toList();
    this.retry = new Every(reign.settings.retryMs());
  }

  @Override
  public void on(Member from, ToCoordinator message, long nowMs) {
    switch (message) {
      case Accepted m when m.term().equals(reign.term) && m.number() == proposed.number() -> {
        if (proposed.voters().contains(from.node()) && accepted.add(from.node())) {
          if (newcomers.contains(from.node())) {
            retry.now();
            onTick(nowMs);
          }
          lookForMajority(nowMs);
        }
      }
      case Refused m when m.forbids(reign.term) ->
          coordinator.standDown(
              "a voter refused a configuration: voter=" + from + ", promised=" + m.promised(),
              m.promised().counter(),
              nowMs);
      case Fenced m when m.asked().equals(proposed.under(reign.term)) ->
          coordinator.onFenced(from, m, nowMs);
      default -> {}
    }
  }

  private void lookForMajority(long nowMs) {
    if (accepted.size() >= Reign.majorityOf(proposed.voters())) {
      coordinator.enforce(proposed, why, nowMs);
    }
  }

  private boolean changesVoters() {
    Configuration now = reign.configurationOrNull();
    return now != null
        && now.job().equals(proposed.job())
        && !now.voters().equals(proposed.voters());
  }

  private boolean lacksAMajorityWithout(List<NodeId> gone) {
    return proposed.voters().size() - gone.size() < Reign.majorityOf(proposed.voters());
  }

  @Override
  public void onTick(long nowMs) {
    List<NodeId> awaited = newcomers.stream().filter(voter -> !accepted.contains(voter)).toList();
    List<NodeId> gone =
        proposed.voters().stream()
            .filter(voter -> !accepted.contains(voter) && reign.view.alive(voter).isEmpty())
            .toList();
    if (changesVoters()
        && (lacksAMajorityWithout(gone) || awaited.stream().anyMatch(gone::contains))) {
      coordinator.propose(
          proposed.next().withVoters(reign.configuration().voters()),
          "a voter of the next set is not there any more: voters=" + gone,
          nowMs);
      return;
    }
    if (!lacksAMajorityWithout(gone)) {
      majorityMissingSinceMs = Long.MAX_VALUE;
    } else if (nowMs - majorityMissingSinceMs >= reign.settings.restartGraceMs()) {
      // What is known without them can only be told by asking all anew.
      coordinator.standDown(
          "a majority of the voters is not there any more: gone=" + gone,
          reign.term.counter(),
          nowMs);
      return;
    } else {
      majorityMissingSinceMs = Math.min(majorityMissingSinceMs, nowMs);
    }
    if (retry.isDue(nowMs)) {
      Accept accept = new Accept(reign.term, proposed);
      (awaited.isEmpty() ? proposed.voters() : awaited)
          .stream()
              .filter(voter -> !accepted.contains(voter))
              .forEach(voter -> reign.out.toVoter(voter, accept));
    }
  }
}
