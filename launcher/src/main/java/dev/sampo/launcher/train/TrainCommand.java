package dev.sampo.launcher.train;

import dev.sampo.actors.job.JobMemory;
import dev.sampo.actors.job.MemoryRefusal;
import dev.sampo.actors.job.Observation;
import dev.sampo.actors.job.RunWatch;
import dev.sampo.actors.node.ClusterClient;
import dev.sampo.actors.node.NodeFailure;
import dev.sampo.actors.node.SampoNode;
import dev.sampo.actors.post.Status;
import dev.sampo.config.EvaluationConfig;
import dev.sampo.config.Recipe;
import dev.sampo.config.SampoConfig;
import dev.sampo.launcher.Command;
import dev.sampo.launcher.CommandFailure;
import dev.sampo.launcher.Corpora;
import dev.sampo.launcher.JobAtHand;
import dev.sampo.launcher.SettingsOptions;
import dev.sampo.launcher.SnapshotAtHand;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Origin;
import dev.sampo.protocol.membership.NodeCard.WorkerCard;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sampo train}: this machine alone, as a cluster of one. */
@CommandLine.Command(
    name = "train",
    description = {
      "Train a job on this machine alone, which is a cluster of one.",
      "Ctrl-C stops it in order, and nothing committed is lost by kill -9 either: the same command "
          + "goes on from the last committed step, to the same bits."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sampo train cluster-config/examples/demo.conf",
      "  sampo train cluster-config/examples/demo.conf -D job.steps=50 -D node.folder=runs/short",
      "  sampo train fine.conf --from gpt2 -D job.schedule.peak-rate=1e-4",
      "  sampo train cluster-config/examples/demo.conf --resume --json --validate-every 100",
      "  sampo train cluster-config/examples/demo.conf --restore snapshots/9c41e0b2/v000000000500"
    })
public final class TrainCommand implements Command {
  private static final long LIMIT_SECONDS = 60;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final int USUAL_VALIDATIONS = 10;
  private static final int USUAL_TOKENS = 32_768;
  private static final List<String> ALONE =
      List.of("node.name=solo", "node.control-port=0", "node.data-port=0", "cluster.replicas=1");

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private SettingsOptions settings = new SettingsOptions();

  @Parameters(paramLabel = "JOB.conf", description = "The job's settings file.")
  private @Nullable Path job;

  @Option(
      names = "--from",
      paramLabel = "FOLDER",
      description =
          "Begin with the model of this folder, in Hugging Face's layout, instead of drawing one: "
              + "short for -D job.model.from=FOLDER.")
  private @Nullable Path from;

  @Option(
      names = "--restore",
      paramLabel = "SNAPSHOT_FOLDER",
      description =
          "Go back to this snapshot, the folder of one version, and on from there; what was "
              + "committed after it is given up. Another job.shards is another job, which goes on "
              + "from the same parameters.")
  private @Nullable Path restore;

  @Option(
      names = "--resume",
      description =
          "Refuse to begin: there must be committed steps to go on from. Without it a run goes on "
              + "where there are some, and begins where there are none.")
  private boolean resume;

  @Option(
      names = "--validate-every",
      paramLabel = "STEPS",
      description =
          "Steps between two losses on the held-out text; 0: only the last; default: "
              + "job.evaluate.every, and where the job does not say, a tenth of it.")
  private @Nullable Integer validateEvery;

  @Option(
      names = "--validate-tokens",
      paramLabel = "N",
      description =
          "About so many tokens of the held-out text are predicted for each; 0: no such losses;"
              + " default: job.evaluate.tokens, and where the job does not say, 32768. A run goes"
              + " on with what was set when it was begun.")
  private @Nullable Integer validateTokens;

  @Option(names = "--json", description = "One JSON object an event, a line each, on stdout.")
  private boolean json;

  /** For {@link java.util.ServiceLoader}. */
  public TrainCommand() {}

  @Override
  public String example() {
    return "sampo train cluster-config/examples/demo.conf";
  }

  @Override
  public Integer call() {
    List<String> alone = new ArrayList<>(ALONE);
    if (from != null) {
      String quoted = from.toString().replace("\\", "\\\\").replace("\"", "\\\"");
      alone.add("job.model.from=\"" + quoted + '"');
    }
    SampoConfig config = settings.load(job == null ? List.of() : List.of(job), alone);
    JobAtHand asWritten = JobAtHand.of(config);
    JobAtHand atHand =
        asWritten.evaluated(evaluation(config.requireJob().evaluation(), asWritten.spec().steps()));
    Queue<Observation> seen = new ConcurrentLinkedQueue<>();
    RunWatch watch = new RunWatch(seen::add);
    JobMemory memory = JobMemory.of(config.node(), atHand.spec(), atHand.job());
    if (!memory.fits()) {
      throw new CommandFailure(
          MemoryRefusal.of(config.node(), atHand.spec(), atHand.job(), memory));
    }
    SnapshotAtHand snapshot = restore == null ? null : SnapshotAtHand.of(restore);
    if (snapshot != null) {
      snapshot.requireFor(atHand.spec(), atHand.parameters());
    }
    requireARunToResume(config, atHand);
    tell(new TrainEvent.Memory(memory));
    Course course = new Course(begin(config, atHand));
    try (Interruption interruption = Interruption.watch()) {
      run(config, new Start(atHand, snapshot), watch, seen, course, interruption);
      // What was committed while the node was being closed counts too.
      course.on(drained(seen), null, System.nanoTime()).forEach(this::tell);
      if (!course.isOver()) {
        List<String> arguments = spec.root().commandLine().getParseResult().originalArgs();
        String again = "sampo " + ShellWords.of(arguments);
        tell(new TrainEvent.Stopped(course.committed(), atHand.spec().steps(), again));
      }
      return CommandLine.ExitCode.OK;
    } catch (NodeFailure e) {
      throw new CommandFailure(String.valueOf(e.getMessage()), e);
    }
  }

  /** As the job's settings say; as the options say, and else as a person at a screen likes it. */
  private EvaluationConfig evaluation(EvaluationConfig written, long steps) {
    boolean isWritten = written.tokens() > 0;
    long usual = isWritten ? written.everySteps() : Math.ceilDiv(steps, USUAL_VALIDATIONS);
    int every = validateEvery == null ? Math.toIntExact(usual) : validateEvery;
    int tokens = isWritten ? written.tokens() : USUAL_TOKENS;
    tokens = validateTokens == null ? tokens : validateTokens;
    if (every < 0 || tokens < 0) {
      throw new ParameterException(
          spec.commandLine(),
          "validation counts steps and tokens: validate-every=%d, validate-tokens=%d"
              .formatted(every, tokens));
    }
    return new EvaluationConfig(every, tokens, written.stopAfter());
  }

  private void requireARunToResume(SampoConfig config, JobAtHand atHand) {
    Path folder = config.node().folder().resolve("jobs").resolve(atHand.spec().id().value());
    if (resume && !Files.isDirectory(folder.resolve("store"))) {
      throw new CommandFailure(
          "there must be a run of this very job to resume: job="
              + atHand.spec().id()
              + ", folder="
              + folder
              + "; hint: leave --resume out to begin it, or bring back the settings (each is a part"
              + " of the job) and the node.folder of the run that you mean");
    }
  }

  /** Tells what the job is, and measures what the machine could do before it has anything to do. */
  private Course.Scale begin(SampoConfig config, JobAtHand atHand) {
    Recipe recipe = atHand.job().recipe();
    long parameters = atHand.parameters();
    var productRate = ProductProbe.measure(config.node(), recipe);
    tell(
        new TrainEvent.Job(
            atHand.spec().id().value(),
            recipe.name(),
            atHand.spec().steps(),
            parameters,
            productRate));
    return new Course.Scale(
        atHand.spec().steps(),
        recipe.batch().sequencesPerStep() * recipe.model().context(),
        ModelFlops.perToken(recipe.model(), parameters),
        productRate);
  }

  /** A job, and the snapshot that it goes back to, if any. */
  private record Start(JobAtHand job, @Nullable SnapshotAtHand snapshot) {
    void handIn(ClusterClient client, Queue<Observation> seen) {
      Origin origin = snapshot == null ? Origin.VERSION_ZERO : snapshot.origin();
      job.submit(client, origin, LIMIT_SECONDS);
      if (origin.namesASnapshot()) {
        awaitRun(client, origin);
        seen.removeIf(observation -> isGivenUp(observation, origin));
      }
    }

    /** What was seen before the job went back is of another run. */
    private static boolean isGivenUp(Observation seen, Origin origin) {
      return switch (seen) {
        case Observation.Begun(long version) -> version != origin.version();
        case Observation.ShardRefused refused -> false;
        case Observation.Committed committed -> true;
        case Observation.Validated validated -> true;
        case Observation.NotValidated failed -> true;
        case Observation.Exported exported -> true;
        case Observation.NotExported failed -> true;
      };
    }

    private static void awaitRun(ClusterClient client, Origin origin) {
      Configuration now;
      do {
        LockSupport.parkNanos(LOOK_NANOS);
        now = latest(client).configuration();
      } while (now == null || now.orders().origin().number() < origin.number());
    }
  }

  private void run(
      SampoConfig config,
      Start start,
      RunWatch watch,
      Queue<Observation> seen,
      Course course,
      Interruption interruption) {
    JobAtHand atHand = start.job;
    Corpora corpora = Corpora.ofInstallation(List.of(atHand.corpus())).withModels(atHand.models());
    try (SampoNode node = SampoNode.start(config.node(), config.cluster(), corpora, watch);
        ClusterClient client = node.client()) {
      start.handIn(client, seen);
      while (!course.isOver() && !interruption.isRequested()) {
        List<Observation> news = drained(seen);
        // Asked for after the news, so that no step is told of that is older than they are.
        Status status = latest(client);
        requireADevice(status, atHand.spec().id());
        requireThatItGoesOn(status);
        course.endsEarly(status.configuration()).ifPresent(this::tell);
        course.on(news, status.committed(), System.nanoTime()).forEach(this::tell);
        LockSupport.parkNanos(LOOK_NANOS);
      }
    }
  }

  private static List<Observation> drained(Queue<Observation> seen) {
    List<Observation> news = new ArrayList<>();
    for (Observation next = seen.poll(); next != null; next = seen.poll()) {
      if (next instanceof Observation.NotExported(String reason)) {
        throw new CommandFailure("the trained model must be written: " + reason);
      }
      if (next instanceof Observation.ShardRefused(int shard, String reason)) {
        throw new CommandFailure(
            "this machine must hold every parameter shard: shard=" + shard + ", " + reason);
      }
      news.add(next);
    }
    return news;
  }

  private void tell(TrainEvent event) {
    String lines = (json ? new JsonLines() : new TextLines()).of(event);
    if (!lines.isEmpty()) {
      spec.commandLine().getOut().println(lines);
      spec.commandLine().getOut().flush();
    }
  }

  /** In a cluster of one nobody else can step in where all devices have refused the job. */
  private static void requireADevice(Status status, JobId job) {
    List<WorkerCard> devices =
        status.alive().stream()
            .flatMap(node -> node.workers().stream())
            .filter(device -> job.equals(device.job()))
            .toList();
    if (!devices.isEmpty() && devices.stream().noneMatch(device -> device.refusal().isEmpty())) {
      throw new CommandFailure("this machine cannot train the job: " + devices.get(0).refusal());
    }
  }

  private static void requireThatItGoesOn(Status status) {
    Configuration now = status.configuration();
    if (now != null && now.status() == JobStatus.STOPPED && !now.endsByItsEvaluations()) {
      throw new CommandFailure("the job was stopped: reason=" + now.reason());
    }
  }

  private static Status latest(ClusterClient client) {
    try {
      return JobAtHand.await(client.status());
    } catch (CompletionException e) {
      throw new CommandFailure("the node stopped answering; hint: look into its log", e);
    }
  }
}
