package dev.sampo.protocol.membership;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.membership.NodeCard.WorkerCard;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The nodes that seem to be alive at one moment. */
public record ClusterView(List<NodeCard> nodes) {
  public static final ClusterView EMPTY = new ClusterView(List.of());

  public ClusterView {
    nodes = List.copyOf(nodes);
  }

  public boolean isAlive(Member member) {
    return nodes.stream().anyMatch(card -> card.member().equals(member));
  }

  /** The life that {@code node} lives now. */
  public Optional<Member> alive(NodeId node) {
    return nodes.stream()
        .map(NodeCard::member)
        .filter(member -> member.node().equals(node))
        .findFirst();
  }

  /** The living, by name. */
  public List<NodeId> names() {
    return nodes.stream().map(card -> card.member().node()).sorted().toList();
  }

  /** Whether more than half of them live. */
  public boolean hasAMajorityOf(List<NodeId> voters) {
    return voters.stream().filter(voter -> alive(voter).isPresent()).count() > voters.size() / 2;
  }

  /** Those who are not to leave. */
  public ClusterView staying(Configuration configuration) {
    return configuration.orders().leaving().isEmpty()
        ? this
        : new ClusterView(
            nodes.stream().filter(card -> !configuration.isLeaving(card.member())).toList());
  }

  /**
   * Devices that are ready for the job and of its class, with their rates in slots a second. None
   * of them is in quarantine.
   */
  public Map<WorkerId, Double> workersFor(Configuration configuration) {
    Map<WorkerId, Double> workers = readyFor(configuration);
    if (!configuration.verdicts().quarantined().isEmpty()) {
      workers
          .keySet()
          .removeIf(worker -> configuration.verdicts().isQuarantined(worker.deviceId()));
    }
    return workers;
  }

  /** As {@link #workersFor}, those in quarantine too: they are told to stop. */
  public Map<WorkerId, Double> readyFor(Configuration configuration) {
    Map<WorkerId, Double> workers = new TreeMap<>();
    for (NodeCard node : nodes) {
      for (WorkerCard worker : node.workers()) {
        boolean rightClass =
            configuration.job().mixedClasses()
                || configuration.kernelClass().equals(worker.kernelClass());
        if (configuration.job().id().equals(worker.job())
            && worker.refusal().isEmpty()
            && rightClass) {
          workers.put(new WorkerId(node.member(), worker.device()), worker.slotsPerSecond());
        }
      }
    }
    return workers;
  }

  /** The class with the highest summed rate among the ready devices; empty if none is ready. */
  public Optional<String> fastestClass(Configuration configuration) {
    Map<String, Double> rates = new TreeMap<>();
    for (NodeCard node : nodes) {
      for (WorkerCard worker : node.workers()) {
        if (configuration.job().id().equals(worker.job()) && worker.refusal().isEmpty()) {
          rates.merge(worker.kernelClass(), 1e-9 + worker.slotsPerSecond(), Double::sum);
        }
      }
    }
    return rates.entrySet().stream().max(Map.Entry.comparingByValue()).map(Map.Entry::getKey);
  }
}
