package dev.sampo.simulation;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.coordinator.CoordinatorOutput;
import dev.sampo.protocol.coordinator.Note;
import dev.sampo.protocol.message.Message.Accept;
import java.util.List;

/**
 * Where one node votes, proposes three, to the two new ones: they are a majority of the new set.
 */
final class VotersChangeByTwo implements Sabotage {
  @Override
  public CoordinatorOutput between(Life life, CoordinatorOutput out) {
    return new Passing(out) {
      @Override
      public void note(Note note) {
        super.note(note);
        if (note instanceof Note.Chosen chosen) {
          propose(life, out, chosen);
        }
      }
    };
  }

  private static void propose(Life life, CoordinatorOutput out, Note.Chosen chosen) {
    Configuration now = chosen.configuration();
    List<NodeId> three = life.world.names().stream().limit(3).toList();
    if (now.voters().size() == 1 && three.size() == 3 && three.containsAll(now.voters())) {
      Accept accept = new Accept(chosen.fence().term(), now.next().withVoters(three));
      three.stream()
          .filter(node -> !now.voters().contains(node))
          .forEach(node -> out.toVoter(node, accept));
    }
  }
}
