package dev.sampo.actors.job;

import dev.sampo.actors.job.JobResources.OpenDevice;
import dev.sampo.actors.post.CopyNotice;
import dev.sampo.actors.post.Parcel;
import dev.sampo.actors.post.Post;
import dev.sampo.config.NodeConfig;
import dev.sampo.config.Role;
import dev.sampo.model.evaluate.Evaluation;
import dev.sampo.model.text.Corpus;
import dev.sampo.model.token.TokenizerFile;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.membership.NodeCard.WorkerCard;
import dev.sampo.protocol.message.Message.Committed;
import dev.sampo.protocol.message.Message.Configured;
import dev.sampo.protocol.message.Message.ToWorker;
import dev.sampo.protocol.message.Message.Work;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.jspecify.annotations.Nullable;

/**
 * One job on this node: opens what it needs, has replicas and workers made when the coordinator
 * speaks to them, hands them their parcels, and writes the model when the job has finished.
 */
final class JobActor extends AbstractBehavior<JobActor.Command> {
  /** For opening, closing and writing files. */
  static final String DISK_DISPATCHER = "sampo.disk-dispatcher";

  private static final String SHARD_DISPATCHER = "sampo.shard-dispatcher";

  sealed interface Command {}

  record Deliver(Parcel parcel) implements Command {}

  record Notice(CopyNotice notice) implements Command {}

  /** The mirror has the whole of a version, checked. */
  record ParametersWhole(long version, Digest baseHash, MemorySegment flat) implements Command {}

  record RateMeasured(int device, double slotsPerSecond) implements Command {}

  record DeviceFailed(int device, String reason) implements Command {}

  record InspectShard(int shard, ActorRef<ShardStatus> replyTo) implements Command {}

  /**
   * This node has no version of a shard, and cannot get one by itself.
   *
   * @param opening whether its store could not be opened, so that no replica is there
   */
  record ShardRefused(int shard, boolean opening, String reason) implements Command {}

  private record Opened(JobResources resources) implements Command {}

  private record OpeningFailed(Throwable reason) implements Command {}

  private record Exported(long generation, Path folder, String sha256) implements Command {}

  private record ExportFailed(Throwable reason) implements Command {}

  private final JobContext job;
  private final JobJournal journal;
  private final int devices;
  private final Executor disk;
  private final LocalReplicas replicas;
  private final Map<Integer, ActorRef<WorkerActor.Command>> workers = new HashMap<>();
  private final Map<Integer, WorkerCard> cards = new TreeMap<>();
  private @Nullable JobResources resources;
  private @Nullable ParameterMirror mirror;
  private @Nullable ActorRef<MirrorActor.Command> mirrorActor;
  private @Nullable Configuration configuration;
  private long generation;
  private boolean exporting;
  private boolean stopped;

  static Behavior<Command> create(JobContext job, NodeConfig node, CorpusSource corpora) {
    return Behaviors.setup(context -> new JobActor(context, job, node, corpora));
  }

  private JobActor(
      ActorContext<Command> context, JobContext job, NodeConfig node, CorpusSource corpora) {
    super(context);
    context.setLoggerName(JobActor.class);
    this.job = job;
    this.journal = new JobJournal(job, this::bytesPerToken);
    this.replicas = new LocalReplicas(context, job);
    this.devices = node.roles().contains(Role.COMPUTE) ? node.devices().size() : 0;
    this.disk =
        context.getSystem().dispatchers().lookup(DispatcherSelector.fromConfig(DISK_DISPATCHER));
    context.pipeToSelf(
        CompletableFuture.supplyAsync(
            () -> JobResources.open(node, job.spec(), job.recipe(), job.folder(), corpora), disk),
        (opened, failure) -> failure == null ? new Opened(opened) : new OpeningFailed(failure));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Deliver.class, this::onDeliver)
        .onMessage(Notice.class, this::onNotice)
        .onMessage(ParametersWhole.class, this::onParametersWhole)
        .onMessage(RateMeasured.class, this::onRate)
        .onMessage(DeviceFailed.class, this::onDeviceFailed)
        .onMessage(InspectShard.class, this::onInspect)
        .onMessage(ShardRefused.class, this::onShardRefused)
        .onMessage(Opened.class, this::onOpened)
        .onMessage(OpeningFailed.class, this::onOpeningFailed)
        .onMessage(Exported.class, this::onExported)
        .onMessage(ExportFailed.class, this::onExportFailed)
        .onSignal(Terminated.class, this::onTerminated)
        .onSignal(PostStop.class, this::onStop)
        .build();
  }

  private Behavior<Command> onOpened(Opened opened) {
    if (stopped) {
      opened.resources.close();
      return this;
    }
    resources = opened.resources;
    for (String refusal : opened.resources.refusals()) {
      journal.refused(refusal);
      getContext().getLog().warn("cannot take its part in the job: {}", refusal);
    }
    for (OpenDevice device : opened.resources.devices()) {
      cards.put(device.card().device(), device.card());
      startWorker(device);
    }
    tellWhatWeCan();
    return this;
  }

  private void startWorker(OpenDevice device) {
    if (device.computer() == null) {
      return;
    }
    if (mirror == null) {
      mirror = new ParameterMirror(job.ranges());
      mirrorActor =
          getContext()
              .spawn(
                  MirrorActor.create(job, mirror, getContext().getSelf()),
                  "mirror",
                  DispatcherSelector.fromConfig(SHARD_DISPATCHER));
    }
    int index = device.card().device();
    workers.put(
        index,
        getContext()
            .spawn(
                WorkerActor.create(job, index, device.computer(), getContext().getSelf()),
                "worker-" + index));
  }

  private Behavior<Command> onOpeningFailed(OpeningFailed failed) {
    Throwable cause = Objects.requireNonNullElse(failed.reason.getCause(), failed.reason);
    String reason = String.valueOf(cause.getMessage());
    getContext().getLog().error("the job cannot be opened on this node", failed.reason);
    journal.refused(reason);
    for (int device = 0; device < devices; device++) {
      cards.put(device, new WorkerCard(device, job.id(), "", 0, reason));
    }
    tellWhatWeCan();
    return this;
  }

  private void tellWhatWeCan() {
    boolean stores = resources != null && resources.store() != null;
    job.post().tell(new Post.Able(stores, List.copyOf(cards.values())));
  }

  private Behavior<Command> onDeliver(Deliver deliver) {
    Parcel parcel = deliver.parcel;
    switch (parcel.role()) {
      case REPLICA -> replicas.deliver(parcel, resources == null ? null : resources.store());
      case WORKER -> toWorkers(parcel);
      case NODE -> onNews(parcel);
      case VOTER, COORDINATOR -> throw new IllegalStateException("not for a job: " + parcel);
    }
    return this;
  }

  private Behavior<Command> onTerminated(Terminated terminated) {
    replicas.ended(terminated.getRef());
    return this;
  }

  /** A replica of this node cannot have a version: people should know why. */
  private Behavior<Command> onShardRefused(ShardRefused refused) {
    if (refused.opening) {
      replicas.refused(refused.shard, refused.reason);
    }
    journal.shardRefused(refused.shard, refused.reason);
    return this;
  }

  private void toWorkers(Parcel parcel) {
    if (!(parcel.body() instanceof ToWorker message)) {
      return;
    }
    if (message instanceof Work work && mirrorActor != null) {
      mirrorActor.tell(new MirrorActor.Want(work.step(), work.parameters(), work.owners()));
    }
    workers.forEach(
        (device, worker) -> {
          if (parcel.index() == Parcel.ALL_DEVICES || parcel.index() == device) {
            worker.tell(new WorkerActor.Deliver(parcel.from(), message));
          }
        });
  }

  private Behavior<Command> onNotice(Notice notice) {
    replicas.notice(notice.notice);
    return this;
  }

  private void onNews(Parcel parcel) {
    if (parcel.body() instanceof Configured configured) {
      configuration = configured.configuration();
      if (configuration.generation() > generation) {
        // What was written of the run before is not of this one.
        generation = configuration.generation();
        exporting = false;
      }
      journal.configured(configured);
    } else if (parcel.body() instanceof Committed committed) {
      journal.committed(committed);
      if (isResult(committed.version()) && mirrorActor != null && !exporting) {
        mirrorActor.tell(
            new MirrorActor.Want(committed.version(), committed.parameters(), committed.owners()));
      }
    }
  }

  /** Whether the job has ended with this version: its last, or that at which it got no better. */
  private boolean isResult(long version) {
    Configuration now = configuration;
    if (now == null) {
      return false;
    }
    return switch (now.status()) {
      case CREATED, RUNNING -> false;
      case FINISHED -> version == job.spec().steps();
      case STOPPED -> now.endsByItsEvaluations() && version == now.evaluations().last().version();
    };
  }

  /** Of the held-out text; 0 while that is not known. */
  private double bytesPerToken() {
    Corpus corpus = resources == null ? null : resources.corpus();
    return corpus == null ? 0 : Evaluation.bytesPerToken(corpus.validation());
  }

  private Behavior<Command> onParametersWhole(ParametersWhole whole) {
    workers
        .values()
        .forEach(
            worker ->
                worker.tell(
                    new WorkerActor.ParametersReady(whole.version, whole.baseHash, whole.flat)));
    Corpus corpus = resources == null ? null : resources.corpus();
    if (isResult(whole.version) && !exporting && corpus != null) {
      exporting = true;
      TokenizerFile tokenizer = corpus.tokenizer();
      long of = generation;
      Path folder = ModelExport.folder(job, of);
      getContext()
          .pipeToSelf(
              CompletableFuture.supplyAsync(
                  () -> ModelExport.write(job, folder, whole.flat, tokenizer), disk),
              (sha256, failure) ->
                  failure == null ? new Exported(of, folder, sha256) : new ExportFailed(failure));
    }
    return this;
  }

  private Behavior<Command> onExported(Exported exported) {
    if (exported.generation < generation) {
      return this; // the job has gone back meanwhile
    }
    getContext().getLog().info("the model is in {}", exported.folder);
    journal.exported(exported.folder, exported.sha256);
    return this;
  }

  private Behavior<Command> onExportFailed(ExportFailed failed) {
    getContext().getLog().error("the model could not be written", failed.reason);
    journal.notExported(String.valueOf(failed.reason.getMessage()));
    exporting = false;
    return this;
  }

  private Behavior<Command> onRate(RateMeasured rate) {
    WorkerCard card = cards.get(rate.device);
    if (card != null) {
      cards.put(
          rate.device,
          new WorkerCard(card.device(), card.job(), card.kernelClass(), rate.slotsPerSecond, ""));
      tellWhatWeCan();
    }
    return this;
  }

  private Behavior<Command> onDeviceFailed(DeviceFailed failed) {
    WorkerCard card = cards.get(failed.device);
    if (card != null) {
      cards.put(
          failed.device,
          new WorkerCard(card.device(), card.job(), card.kernelClass(), 0, failed.reason));
      workers.remove(failed.device);
      tellWhatWeCan();
    }
    return this;
  }

  private Behavior<Command> onInspect(InspectShard inspect) {
    replicas.inspect(inspect.shard, inspect.replyTo);
    return this;
  }

  /** Children have stopped; kernels finish before their memory goes. */
  private Behavior<Command> onStop(PostStop stop) {
    stopped = true;
    job.plane().unland(job.id());
    if (resources != null) {
      resources.close();
    }
    if (mirror != null) {
      mirror.close();
    }
    return this;
  }
}
