package dev.sampo.actors.job;

import dev.sampo.config.DeviceConfig;
import dev.sampo.config.NodeConfig;
import dev.sampo.config.PinnedJob;
import dev.sampo.config.Role;
import dev.sampo.device.Precision;
import dev.sampo.model.ModelMemory;
import dev.sampo.model.ModelOptions;
import dev.sampo.model.ModelOptions.Activations;
import dev.sampo.model.ModelShape;
import dev.sampo.model.ParameterLayout;
import dev.sampo.model.optimizer.NewtonSchulz;
import dev.sampo.protocol.tree.CanonicalTree;
import java.util.Locale;

/**
 * What a job takes of a node's memory, computed beforehand; a pure function of their settings. It
 * also decides what a device keeps: everything where that fits, else only the borders of blocks,
 * which changes no bit.
 *
 * @param storeBytes two versions of parameters and optimizer state, with every shard on this node,
 *     and what the optimizer works in
 * @param gradientBytes gradients under way: partial sums of the worker's and of the shards' trees
 * @param mirrorBytes two versions of the parameters that devices compute from
 * @param deviceBytes of one device
 * @param devices how many there are
 * @param limitBytes what the node may use
 * @param activations what a device keeps
 */
public record JobMemory(
    long storeBytes,
    long gradientBytes,
    long mirrorBytes,
    long deviceBytes,
    int devices,
    long limitBytes,
    Activations activations) {
  /** Shards of a node that step at once: the threads of their dispatcher. */
  private static final int STEPPING = 2;

  private static final double MIB = 1024.0 * 1024;

  /** The memory of that job on that node. */
  public static JobMemory of(NodeConfig node, PinnedJob job) {
    JobMemory kept = of(node, job, Activations.KEPT);
    JobMemory recomputed = of(node, job, Activations.RECOMPUTED);
    return switch (node.activations()) {
      case AUTO -> kept.fits() ? kept : recomputed;
      case KEPT -> kept;
      case RECOMPUTED -> recomputed;
    };
  }

  private static JobMemory of(NodeConfig node, PinnedJob job, Activations activations) {
    ModelShape shape = JobModel.shapeOf(job);
    Precision precision = JobModel.precisionOf(job);
    ModelOptions options = new ModelOptions((float) job.recipe().model().dropout(), activations);
    long vector = shape.layout().total() * Float.BYTES;
    boolean keeps = node.roles().contains(Role.PARAMETERS);
    int devices = 0;
    long threads = 0;
    for (DeviceConfig device : node.devices()) {
      threads = Math.max(threads, device.threads());
      devices +=
          switch (device.kind()) {
            case CPU -> node.roles().contains(Role.COMPUTE) ? 1 : 0;
          };
    }
    long partial = new CanonicalTree(job.recipe().batch().slots()).depth() + 1L;
    int sequences = job.recipe().batch().sequences();
    return new JobMemory(
        keeps ? storeBytes(job, shape) : 0,
        partial * vector * (devices + (keeps ? 1 : 0)),
        devices > 0 ? 2 * vector : 0,
        shape.memory(sequences, precision, options).bytes()
            + threads * ModelMemory.workBytes(precision, (long) sequences * shape.context()),
        devices,
        node.memoryBytes(),
        activations);
  }

  private static long storeBytes(PinnedJob job, ModelShape shape) {
    ParameterLayout layout = shape.layout();
    int stateFloats =
        switch (job.recipe().optimizer().kind()) {
          case ADAMW, MUON -> 2;
          case SGD -> 1;
        };
    long workBytes =
        switch (job.recipe().optimizer().kind()) {
          case ADAMW, SGD -> 0;
          case MUON -> NewtonSchulz.workBytes(layout) * Math.min(STEPPING, job.recipe().shards());
        };
    return 2L * (1 + stateFloats) * layout.total() * Float.BYTES + workBytes;
  }

  /** All of it. */
  public long totalBytes() {
    return storeBytes + gradientBytes + mirrorBytes + devices * deviceBytes;
  }

  /** Whether the node's limit allows it. */
  public boolean fits() {
    return totalBytes() <= limitBytes;
  }

  /** One line for a person. */
  public String line() {
    return String.format(
        Locale.ROOT,
        "memory %.0f MiB of %.0f: store %.0f, gradients %.0f, parameters %.0f, devices %d x %.0f"
            + " (activations %s)",
        totalBytes() / MIB,
        limitBytes / MIB,
        storeBytes / MIB,
        gradientBytes / MIB,
        mirrorBytes / MIB,
        devices,
        deviceBytes / MIB,
        activations.name().toLowerCase(Locale.ROOT));
  }

  /** Why the job cannot run here, and what would help. */
  public String refusal() {
    return String.format(
        Locale.ROOT,
        "a job fits into the node's memory: %s; hint: lower job.batch.sequences and raise"
            + " job.batch.accumulation, shorten job.model.context, or raise node.memory",
        line());
  }
}
