package dev.sampo.actors.job;

import dev.sampo.config.NodeConfig;
import dev.sampo.config.PinnedJob;
import dev.sampo.config.Role;
import dev.sampo.device.Precision;
import dev.sampo.model.ModelOptions.Activations;
import dev.sampo.protocol.JobSpec;
import java.util.Optional;
import java.util.StringJoiner;

/** Why a job cannot run on a node for want of memory, and what would help. */
public final class MemoryRefusal {
  private final NodeConfig node;
  private final JobSpec spec;
  private final PinnedJob job;
  private final JobMemory memory;
  private final StringJoiner remedies = new StringJoiner(", ");

  private MemoryRefusal(NodeConfig node, JobSpec spec, PinnedJob job, JobMemory memory) {
    this.node = node;
    this.spec = spec;
    this.job = job;
    this.memory = memory;
  }

  /**
   * Rule, numbers and hints, each with what the whole would be then.
   *
   * @param memory what does not fit
   */
  public static String of(NodeConfig node, JobSpec spec, PinnedJob job, JobMemory memory) {
    MemoryRefusal refusal = new MemoryRefusal(node, spec, job, memory);
    if (memory.bytes("activations") > 0) {
      refusal.addLoads();
    }
    refusal.addRoles();
    refusal.remedies.add("raise node.memory");
    return "a job fits into the node's memory: %s; hint: %s"
        .formatted(memory.line(), refusal.remedies);
  }

  /**
   * Muon's work space is the one thing that grows with the model and lies in the heap.
   *
   * @param heapBytes the most that the heap may be
   * @return empty if it fits
   */
  static Optional<String> ofHeap(JobMemory memory, long heapBytes) {
    long needed = MemoryTerms.HEAP_BYTES + memory.bytes(MemoryTerms.OPTIMIZER);
    if (needed <= heapBytes) {
      return Optional.empty();
    }
    return Optional.of(
        "Muon's work space fits into the heap: neededBytes=%d, heapBytes=%d; hint: set SAMPO_JAVA_OPTS=-Xmx%dm"
            .formatted(needed, heapBytes, Math.ceilDiv(needed, 1L << 20)));
  }

  private void addLoads() {
    DeviceLoad load = DeviceLoad.of(job, memory.activations());
    if (load.activations() == Activations.KEPT) {
      add("node.activations=recomputed", load.recomputed());
    }
    if (load.sequences() % 2 == 0) {
      DeviceLoad halved = load.halved();
      String settings =
          "job.batch.sequences=%d with job.batch.accumulation=%d"
              .formatted(halved.sequences(), halved.accumulation());
      add(settings, halved);
    }
    if (load.precision() == Precision.F32) {
      add("job.model.precision=bf16", load.in(Precision.BF16));
    }
  }

  private void add(String settings, DeviceLoad load) {
    add(settings, JobMemory.of(node, spec, job, load));
  }

  /** In a cluster others may do what this node cannot. */
  private void addRoles() {
    if (memory.bytes("store") == 0 || spec.replicas() == 1) {
      return;
    }
    if (node.roles().contains(Role.COMPUTE)) {
      add("node.roles=[compute]", JobMemory.ofRole(node, spec, job, Role.COMPUTE));
    } else {
      remedies.add("leave the job's shards to other nodes");
    }
  }

  private void add(String settings, JobMemory then) {
    if (then.totalBytes() < memory.totalBytes()) {
      remedies.add("set %s (%s MiB)".formatted(settings, JobMemory.mib(then.totalBytes())));
    }
  }
}
