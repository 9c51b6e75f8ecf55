package dev.sampo.actors.job;

import dev.sampo.config.BatchConfig;
import dev.sampo.config.DeviceConfig;
import dev.sampo.config.NodeConfig;
import dev.sampo.config.PinnedJob;
import dev.sampo.config.Role;
import dev.sampo.config.StoreConfig;
import dev.sampo.device.Device;
import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.model.Initialiser;
import dev.sampo.model.LanguageModel;
import dev.sampo.model.ModelOptions;
import dev.sampo.model.ModelShape;
import dev.sampo.model.folder.FolderParameters;
import dev.sampo.model.text.Corpus;
import dev.sampo.parameter.FirstVersion;
import dev.sampo.parameter.ShardArithmetic;
import dev.sampo.parameter.ShardRules;
import dev.sampo.parameter.ShardStore;
import dev.sampo.parameter.StoreRules;
import dev.sampo.parameter.StoreSync;
import dev.sampo.parameter.snapshot.Snapshot;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.membership.NodeCard.WorkerCard;
import dev.sampo.protocol.shard.ShardMemory;
import dev.sampo.protocol.tree.CanonicalTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a node opens for a job: the store of its shards, its devices, its data. Opening and closing
 * take their time and belong on a thread that may wait.
 *
 * @param store null on a node that keeps no parameters
 * @param first the model that the job begins with; null where its seed makes it
 * @param corpus null where no device computes
 * @param devices one entry a device, in the order of the node's settings
 * @param refusals why the node does less than its roles say; empty if it does it all
 */
record JobResources(
    @Nullable ShardStore store,
    @Nullable FolderParameters first,
    @Nullable Corpus corpus,
    List<OpenDevice> devices,
    List<String> refusals)
    implements AutoCloseable {

  /** Buffers of a shard besides those for pieces that cannot be merged yet. */
  private static final int SPARE_BUFFERS = 4;

  private static final int MOST_UNMERGED_PIECES = 64;

  /**
   * One device.
   *
   * @param computer null if it cannot take part
   */
  record OpenDevice(WorkerCard card, @Nullable NodeComputer computer) {}

  static JobResources open(
      NodeConfig node, JobSpec spec, PinnedJob job, Path folder, CorpusSource corpora) {
    JobId id = spec.id();
    List<String> refusals = new ArrayList<>();
    FolderParameters first = first(job, corpora, refusals);
    JobMemory least = JobMemory.ofOneShard(node, spec, job);
    boolean keeps = node.roles().contains(Role.PARAMETERS) && refusals.isEmpty();
    if (keeps && !least.fits()) {
      refusals.add(MemoryRefusal.of(node, spec, job, least));
    } else if (keeps) {
      JobMemory shards = JobMemory.ofRole(node, spec, job, Role.PARAMETERS);
      MemoryRefusal.ofHeap(shards, Runtime.getRuntime().maxMemory()).ifPresent(refusals::add);
    }
    keeps = keeps && refusals.isEmpty();
    ShardStore store = keeps ? openStore(node, id, job, folder, first) : null;
    JobMemory memory = JobMemory.of(node, spec, job);
    boolean computes = node.roles().contains(Role.COMPUTE);
    if (computes && refusals.isEmpty() && !memory.fits()) {
      refusals.add(MemoryRefusal.of(node, spec, job, memory));
    }
    Corpus corpus = computes && refusals.isEmpty() ? corpus(job, corpora, refusals) : null;
    List<OpenDevice> devices = new ArrayList<>();
    for (int index = 0; computes && index < node.devices().size(); index++) {
      devices.add(
          corpus == null
              ? new OpenDevice(new WorkerCard(index, id, "", 0, refusals.getFirst()), null)
              : openDevice(node.devices().get(index), index, id, job, corpus, memory));
    }
    return new JobResources(store, first, corpus, devices, refusals);
  }

  private static @Nullable FolderParameters first(
      PinnedJob job, CorpusSource corpora, List<String> refusals) {
    try {
      return job.firstSha256().isEmpty() ? null : corpora.parameters(job.firstSha256().get());
    } catch (IOException | UncheckedIOException e) {
      refusals.add(String.valueOf(e.getMessage()));
      return null;
    }
  }

  private static @Nullable Corpus corpus(
      PinnedJob job, CorpusSource corpora, List<String> refusals) {
    try {
      return corpora.open(job.dataSha256());
    } catch (IOException | UncheckedIOException e) {
      refusals.add(String.valueOf(e.getMessage()));
      return null;
    }
  }

  private static ShardStore openStore(
      NodeConfig node, JobId id, PinnedJob job, Path folder, @Nullable FolderParameters first) {
    ModelShape shape = JobModel.shapeOf(job);
    int slots = job.recipe().batch().slots();
    ShardArithmetic arithmetic = JobModel.arithmeticOf(job, start(job, shape, first));
    int unmerged = Math.min(slots / 2 + 1, MOST_UNMERGED_PIECES);
    int gathered = unmerged + new CanonicalTree(slots).depth();
    int buffers = Math.max(gathered, ShardMemory.GRADIENTS_FED) + SPARE_BUFFERS;
    return ShardStore.open(
        folder.resolve("store"),
        JobModel.geometryOf(id, job),
        new ShardRules(
            arithmetic,
            JobModel.precisionOf(job),
            slots,
            buffers,
            storeRules(node.store()),
            Snapshot::load));
  }

  private static FirstVersion start(
      PinnedJob job, ModelShape shape, @Nullable FolderParameters first) {
    if (first != null) {
      return first::fill;
    }
    Initialiser initialiser = shape.initialiser();
    return (from, to, out) -> initialiser.fill(job.recipe().seed(), from, to, out);
  }

  private static StoreRules storeRules(StoreConfig settings) {
    StoreSync sync =
        switch (settings.sync()) {
          case STEP -> new StoreSync.EveryVersion();
          case INTERVAL -> new StoreSync.Interval(settings.syncEvery());
          case NONE -> new StoreSync.None();
        };
    return new StoreRules(
        sync, settings.quotaBytes().orElse(StoreRules.NO_QUOTA), settings.scrubBytesPerSecond());
  }

  private static OpenDevice openDevice(
      DeviceConfig settings, int index, JobId id, PinnedJob job, Corpus corpus, JobMemory memory) {
    Device device =
        switch (settings.kind()) {
          case CPU -> CpuDevice.open(settings.threads(), JobModel.precisionOf(job));
        };
    ModelOptions options =
        new ModelOptions((float) job.recipe().model().dropout(), memory.activations());
    int sequences = job.recipe().batch().sequences();
    LanguageModel model = JobModel.shapeOf(job).create(device, sequences, options);
    BatchConfig batch = job.recipe().batch();
    long seed = job.recipe().seed();
    NodeComputer computer =
        switch (settings.drill()) {
          case NONE -> new NodeComputer(device, model, corpus, batch, seed);
          case WRONG_SAMPLES -> NodeComputer.wrong(device, model, corpus, batch, seed);
        };
    return new OpenDevice(new WorkerCard(index, id, computer.probe(), 0, ""), computer);
  }

  @Override
  public void close() {
    for (OpenDevice device : devices) {
      if (device.computer() != null) {
        device.computer().close();
      }
    }
    if (corpus != null) {
      corpus.close();
    }
    if (store != null) {
      store.close();
    }
    if (first != null) {
      first.close();
    }
  }
}
