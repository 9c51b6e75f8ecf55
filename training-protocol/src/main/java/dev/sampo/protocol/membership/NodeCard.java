package dev.sampo.protocol.membership;

import dev.sampo.protocol.JobId;
import dev.sampo.protocol.Member;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a node says of itself with every beat.
 *
 * @param host where its data plane listens
 * @param dataPort the data plane's UDP port
 * @param stores whether it may hold replicas
 * @param memoryBytes what it has left for replicas
 * @param workers its devices, empty if it does not compute
 */
public record NodeCard(
    Member member,
    String host,
    int dataPort,
    boolean stores,
    long memoryBytes,
    List<WorkerCard> workers) {
  public NodeCard {
    workers = List.copyOf(workers);
  }

  /** What the same life of the node says once it can do other things. */
  public NodeCard able(boolean nowStores, List<WorkerCard> nowWorkers) {
    return new NodeCard(member, host, dataPort, nowStores, memoryBytes, nowWorkers);
  }

  /**
   * One device and what it can do for the running job.
   *
   * @param job for which it is ready; null while it prepares
   * @param kernelClass measured by the job's probe micro-batch
   * @param slotsPerSecond its measured rate; 0 while unknown
   * @param refusal why it cannot take part; empty if it can
   */
  public record WorkerCard(
      int device, @Nullable JobId job, String kernelClass, double slotsPerSecond, String refusal) {}
}
