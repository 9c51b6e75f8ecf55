package dev.sampo.actors.job;

import dev.sampo.actors.job.JobMemory.Term;
import dev.sampo.config.DeviceConfig;
import dev.sampo.config.PinnedJob;
import dev.sampo.model.ModelMemory;
import dev.sampo.model.ModelOptions;
import dev.sampo.model.ModelOptions.Activations;
import dev.sampo.model.ModelShape;
import dev.sampo.model.optimizer.NewtonSchulz;
import dev.sampo.parameter.CopyBlocks;
import dev.sampo.parameter.ShardArithmetic;
import dev.sampo.parameter.StoreGeometry;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.shard.ShardMemory;
import dev.sampo.protocol.tree.CanonicalTree;
import java.util.ArrayList;
import java.util.List;

/** Adds up what takes memory on a node that works on a job: the terms of {@link JobMemory}. */
final class MemoryTerms {
  static final String OPTIMIZER = "optimizer";

  /**
   * The young generation of config/node.flags, which a run fills, and what outlives it: measured.
   */
  static final long HEAP_BYTES = 104L << 20;

  /** Classes, compiled code, the compiler, stacks of threads: measured. */
  private static final long JVM_BYTES = 194L << 20;

  /** Aeron's own files, which are in memory as a whole: measured. */
  private static final long PLANE_BYTES = 12L << 20;

  /** Shards of a node that step at once: the threads of their dispatcher. */
  private static final int STEPPING = 2;

  private final List<Term> terms = new ArrayList<>();
  private final JobSpec spec;
  private final PinnedJob job;
  private final ModelShape shape;
  private final long vectorBytes;

  /**
   * Gradients that are there at once while a tree is folded: one a level, and the one that comes.
   */
  private final long partialSums;

  MemoryTerms(JobSpec spec, PinnedJob job) {
    this.spec = spec;
    this.job = job;
    this.shape = JobModel.shapeOf(job);
    this.vectorBytes = shape.layout().total() * Float.BYTES;
    this.partialSums = new CanonicalTree(spec.slots()).depth() + 1L;
  }

  List<Term> all() {
    return List.copyOf(terms);
  }

  /** What a node takes without a job. */
  void addProcess() {
    add("heap", HEAP_BYTES, "objects, measured");
    add("jvm", JVM_BYTES, "classes, code and threads, measured");
    add("plane", PLANE_BYTES, "Aeron's own buffers, measured");
  }

  /**
   * What that many shards of the job take, which are about as large as each other.
   *
   * @param count from 1 to all of them
   */
  void addShards(int count) {
    long vectorBytes = Math.ceilDiv(this.vectorBytes * count, spec.shards());
    ShardArithmetic arithmetic = JobModel.arithmeticOf(job, JobModel.NO_START);
    StoreGeometry geometry = JobModel.geometryOf(spec.id(), job);
    add(
        "store",
        Math.ceilDiv(geometry.storeBytes() * count, spec.shards()),
        "two versions of parameters and %d floats of optimizer state each, mapped"
            .formatted(geometry.stateFloats()));
    int stepping = Math.min(STEPPING, count);
    switch (job.recipe().optimizer().kind()) {
      case ADAMW, SGD -> {}
      case MUON ->
          add(
              OPTIMIZER,
              NewtonSchulz.workBytes(shape.layout()) * stepping,
              "Muon's work space, %d shards at once, in the heap".formatted(stepping));
    }
    add("pieces", partialSums * vectorBytes, "gradients that shards merge, a tree's depth of them");
    add("sent", 2 * vectorBytes, "parameters that shards send, two versions");
    if (spec.replicas() > 1) {
      long more = Math.max(0, ShardMemory.GRADIENTS_FED - partialSums);
      add(
          "copies",
          Math.ceilDiv(CopyBlocks.placesBytes(geometry, arithmetic) * count, spec.shards())
              + more * vectorBytes,
          "blocks on their way to or from other nodes, and %d gradients in all meanwhile"
              .formatted(Math.max(partialSums, ShardMemory.GRADIENTS_FED)));
    }
  }

  /** What the devices take together. */
  void addDevices(List<DeviceConfig> devices, DeviceLoad load) {
    long count = devices.size();
    long micro = load.accumulation() > 1 ? 1 : 0;
    add(
        "gradients",
        count * (partialSums + micro) * vectorBytes,
        "gradients that devices fold, a tree's depth of them");
    add("parameters", count > 0 ? 2 * vectorBytes : 0, "what devices compute from, two versions");
    ModelOptions options =
        new ModelOptions((float) job.recipe().model().dropout(), load.activations());
    ModelMemory model = shape.memory(load.sequences(), load.precision(), options);
    add("rounded", count * model.parameterBytes(), "parameters in the devices' precision");
    add(
        "activations",
        count * (model.borderBytes() + model.blockBytes()),
        "of %d sequences at once, %s"
            .formatted(
                load.sequences(),
                load.activations() == Activations.KEPT ? "kept" : "computed anew block by block"));
    add("ends", count * model.endBytes(), "logits, and room for backward");
    long threads = devices.stream().mapToLong(DeviceConfig::threads).sum();
    long rows = (long) load.sequences() * shape.context();
    add(
        "kernels",
        threads * ModelMemory.workBytes(load.precision(), rows)
            + count * ModelMemory.packedBytes(load.precision(), rows, shape.width()),
        "work space of %d threads, with what products pack, measured".formatted(threads));
  }

  private void add(String name, long bytes, String what) {
    if (bytes > 0) {
      terms.add(new Term(name, bytes, what));
    }
  }
}
