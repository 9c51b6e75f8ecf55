package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Ballot;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.message.Message.Prepare;
import dev.sampo.protocol.message.Message.Promised;
import dev.sampo.protocol.message.Message.Refused;
import dev.sampo.protocol.message.Message.ToCoordinator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Asks the voters for their promises, and for what they have accepted. */
final class Preparing implements Phase {
  private final Coordinator coordinator;
  private final Reign reign;
  private final Map<NodeId, Optional<Ballot>> promises = new TreeMap<>();
  private final Every retry;
  private final long knownGeneration;
  private final @Nullable Acceptance acceptance;
  private boolean toldOfALoss;

  /**
   * @param acceptance of a loss that the term before told of, for which it stood down
   * @param knownGeneration of the highest fence that this coordinator was refused with: whoever
   *     knows of no later one does not know what is in force, be they a majority or not
   */
  Preparing(
      Coordinator coordinator, Reign reign, @Nullable Acceptance acceptance, long knownGeneration) {
    this.coordinator = coordinator;
    this.reign = reign;
    this.acceptance = acceptance;
    this.knownGeneration = knownGeneration;
    this.retry = new Every(reign.settings.retryMs());
  }

  @Override
  public void on(Member from, ToCoordinator message, long nowMs) {
    switch (message) {
      case Promised m when m.term().equals(reign.term) -> {
        promises.put(from.node(), Optional.ofNullable(m.accepted()));
        lookForMajority(nowMs);
      }
      case Refused m when m.forbids(reign.term) ->
          coordinator.standDown(
              "a voter promised a higher term: voter=" + from + ", promised=" + m.promised(),
              m.promised().counter(),
              nowMs);
      default -> {}
    }
  }

  private void lookForMajority(long nowMs) {
    Optional<Ballot> highest = highest();
    List<NodeId> voters = voters();
    long promised = voters.stream().filter(promises::containsKey).count();
    long generation = highest.map(ballot -> ballot.configuration().generation()).orElse(0L);
    if (promised >= Reign.majorityOf(voters) && generation >= knownGeneration) {
      reign.out.note(new Note.Elected(reign.term));
      if (highest.isPresent()) {
        coordinator.propose(
            highest.get().configuration().next(), "a new coordinator takes it up", nowMs);
      } else {
        coordinator.rest(nowMs);
      }
    }
  }

  @Override
  public void onTick(long nowMs) {
    if (retry.isDue(nowMs)) {
      // All who live are asked: somebody who does not vote any more may know who does.
      Set<NodeId> asked = new TreeSet<>(voters());
      asked.add(reign.term.node());
      reign.view.nodes().forEach(card -> asked.add(card.member().node()));
      asked.removeAll(promises.keySet());
      asked.forEach(voter -> reign.out.toVoter(voter, new Prepare(reign.term)));
      tellOfALoss(nowMs);
    }
  }

  private void tellOfALoss(long nowMs) {
    Optional<Loss> loss = loss();
    if (loss.isPresent() && !toldOfALoss && !reign.isPatient(nowMs)) {
      toldOfALoss = true;
      reign.out.note(
          new Note.Waiting(
              "a majority of the voters does not answer, or does not know what is in force: "
                  + loss.get()
                  + ", generation="
                  + loss.get().known().generation()
                  + ", heard of="
                  + knownGeneration
                  + "; hint: start them; if they are gone for good, sampo recover"));
    }
  }

  private boolean hasHeardAll() {
    return reign.view.nodes().stream().allMatch(card -> promises.containsKey(card.member().node()));
  }

  /** What is known without a majority; empty until all who live have answered. */
  Optional<Loss> loss() {
    if (!hasHeardAll()) {
      return Optional.empty();
    }
    List<NodeId> present =
        promises.keySet().stream().filter(node -> reign.view.alive(node).isPresent()).toList();
    return highest().map(ballot -> new Loss(ballot.configuration(), present, reign.term));
  }

  /** Acts on an acceptance, once all who live have been heard; to be repeated until then. */
  Submission accept(Acceptance said, long nowMs) {
    if (!said.told().equals(reign.term) && !said.equals(acceptance)) {
      return said.refused("under term " + reign.term);
    }
    Optional<Loss> loss = loss();
    if (loss.isEmpty()) {
      return new Submission.Later();
    }
    Configuration known = loss.get().known();
    if (!said.isOf(known)) {
      return said.refused("known=" + known.generation());
    }
    Configuration next = known.afterALoss(loss.get().successors(), said.number());
    coordinator.propose(next, "the loss of voters was accepted: " + loss.get(), nowMs);
    return new Submission.Later();
  }

  private List<NodeId> voters() {
    return highest().map(ballot -> ballot.configuration().voters()).orElse(reign.firstVoters());
  }

  private Optional<Ballot> highest() {
    return promises.values().stream().flatMap(Optional::stream).max(Ballot.ORDER);
  }
}
