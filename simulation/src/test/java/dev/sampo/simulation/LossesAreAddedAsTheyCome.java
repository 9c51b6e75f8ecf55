package dev.sampo.simulation;

import dev.sampo.protocol.Fence;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.coordinator.Coordinator;
import dev.sampo.protocol.message.Message.Evaluated;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.SlotLoss;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Renames slots by the order in which their losses are heard. */
final class LossesAreAddedAsTheyCome implements Sabotage {
  private final Map<Fence, Map<Integer, Integer>> arrivals = new HashMap<>();

  @Override
  public void hear(
      Life life, Coordinator coordinator, Member from, ToCoordinator message, long nowMs) {
    coordinator.on(from, message instanceof Evaluated m ? renamed(m) : message, nowMs);
  }

  private Evaluated renamed(Evaluated answer) {
    Map<Integer, Integer> places =
        arrivals.computeIfAbsent(answer.fence(), fence -> new LinkedHashMap<>());
    List<SlotLoss> losses =
        answer.losses().stream()
            .map(
                loss ->
                    new SlotLoss(
                        places.computeIfAbsent(loss.slot(), slot -> places.size()),
                        loss.nats(),
                        loss.tokens()))
            .toList();
    return new Evaluated(answer.fence(), answer.step(), losses);
  }
}
