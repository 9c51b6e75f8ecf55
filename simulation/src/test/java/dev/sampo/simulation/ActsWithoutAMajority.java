package dev.sampo.simulation;

import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.coordinator.CoordinatorOutput;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Accepted;
import dev.sampo.protocol.message.Message.ToVoter;

/** Tells a coordinator that a voter accepted as soon as it was asked to. */
final class ActsWithoutAMajority implements Sabotage {
  @Override
  public CoordinatorOutput between(Life life, CoordinatorOutput out) {
    return new Passing(out) {
      @Override
      public void toVoter(NodeId voter, ToVoter message) {
        super.toVoter(voter, message);
        if (message instanceof Accept accept) {
          Accepted accepted = new Accepted(accept.term(), accept.configuration().number());
          life.later(0, () -> life.toCoordinator(Member.anyOf(voter), accepted));
        }
      }
    };
  }
}
