package dev.sampo.actors.post;

import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.Origin;
import dev.sampo.protocol.coordinator.Acceptance;
import org.apache.pekko.actor.typed.ActorRef;

/** What people hand in at any node, for the coordinator, wherever it is. */
public sealed interface ForCoordinator extends Post.Command, Wire {
  /** Answers in the coordinator's place, while the node does not know the way to it. */
  void answerLater();

  /** Hands a job in, to begin where {@code origin} says. */
  record SubmitJob(JobSpec job, Origin origin, ActorRef<Submitted> replyTo)
      implements ForCoordinator {
    @Override
    public void answerLater() {
      replyTo.tell(Submitted.LATER);
    }
  }

  /** Hands an order in. */
  record GiveOrder(Order order, ActorRef<Submitted> replyTo) implements ForCoordinator {
    @Override
    public void answerLater() {
      replyTo.tell(Submitted.LATER);
    }
  }

  /** Asks whether voters are lost. */
  record LookForLoss(ActorRef<LossStatus> replyTo) implements ForCoordinator {
    @Override
    public void answerLater() {
      replyTo.tell(LossStatus.UNKNOWN);
    }
  }

  /** Accepts a loss that was looked at. */
  record AcceptLoss(Acceptance acceptance, ActorRef<Submitted> replyTo) implements ForCoordinator {
    @Override
    public void answerLater() {
      replyTo.tell(Submitted.LATER);
    }
  }
}
