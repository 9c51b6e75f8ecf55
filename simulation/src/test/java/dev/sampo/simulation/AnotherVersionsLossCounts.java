package dev.sampo.simulation;

import dev.sampo.protocol.Member;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.coordinator.Coordinator;
import dev.sampo.protocol.coordinator.CoordinatorOutput;
import dev.sampo.protocol.message.Message.Evaluate;
import dev.sampo.protocol.message.Message.Evaluated;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Message.ToWorker;
import java.util.HashMap;
import java.util.Map;

/** Takes every answer for one to the newest question. */
final class AnotherVersionsLossCounts implements Sabotage {
  private final Map<Life, Evaluate> newest = new HashMap<>();

  @Override
  public CoordinatorOutput between(Life life, CoordinatorOutput out) {
    return new Passing(out) {
      @Override
      public void toWorker(WorkerId worker, ToWorker message) {
        if (message instanceof Evaluate asked) {
          newest.put(life, asked);
        }
        super.toWorker(worker, message);
      }
    };
  }

  @Override
  public void hear(
      Life life, Coordinator coordinator, Member from, ToCoordinator message, long nowMs) {
    Evaluate asked = newest.get(life);
    if (asked != null && message instanceof Evaluated answer) {
      coordinator.on(from, new Evaluated(asked.fence(), asked.step(), answer.losses()), nowMs);
    } else {
      coordinator.on(from, message, nowMs);
    }
  }
}
