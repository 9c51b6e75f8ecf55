package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.DeviceId;
import dev.sampo.protocol.membership.ClusterView;
import dev.sampo.protocol.membership.NodeCard;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/** The kernel classes of the devices that a reign has heard of, those that are gone too. */
final class Classes {
  private final Map<DeviceId, String> known = new HashMap<>();

  void look(ClusterView view) {
    for (NodeCard card : view.nodes()) {
      for (NodeCard.WorkerCard worker : card.workers()) {
        known.put(new DeviceId(card.member().node(), worker.device()), worker.kernelClass());
      }
    }
  }

  /** A device that was never heard of is compared with no other, unless all are of one class. */
  Function<DeviceId, String> in(Configuration configuration) {
    return configuration.job().mixedClasses()
        ? device -> known.getOrDefault(device, "unknown: " + device)
        : device -> configuration.kernelClass();
  }
}
