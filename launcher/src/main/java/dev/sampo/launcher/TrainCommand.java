package dev.sampo.launcher;

import dev.sampo.actors.job.JobMemory;
import dev.sampo.actors.node.ClusterClient;
import dev.sampo.actors.node.NodeFailure;
import dev.sampo.actors.node.SampoNode;
import dev.sampo.actors.post.Status;
import dev.sampo.config.BatchConfig;
import dev.sampo.config.SampoConfig;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.membership.NodeCard.WorkerCard;
import dev.sampo.protocol.message.Message.Committed;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sampo train}: this machine alone, as a cluster of one. */
@CommandLine.Command(
    name = "train",
    description = {
      "Train a job on this machine alone, which is a cluster of one.",
      "Run again after a stop, it goes on from the last committed step."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sampo train cluster-config/examples/demo.conf",
      "  sampo train cluster-config/examples/demo.conf -D job.steps=50 -D node.folder=runs/short"
    })
public final class TrainCommand implements Command {
  private static final long LIMIT_SECONDS = 60;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final long PRINT_NANOS = TimeUnit.SECONDS.toNanos(2);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private SettingsOptions settings = new SettingsOptions();

  @Parameters(paramLabel = "JOB.conf", description = "The job's settings file.")
  private @Nullable Path job;

  /** For {@link java.util.ServiceLoader}. */
  public TrainCommand() {}

  @Override
  public String example() {
    return "sampo train cluster-config/examples/demo.conf";
  }

  @Override
  public Integer call() {
    SampoConfig config =
        settings.load(
            job == null ? List.of() : List.of(job),
            List.of(
                "node.name=solo", "node.control-port=0", "node.data-port=0", "cluster.replicas=1"));
    JobAtHand atHand = JobAtHand.of(config);
    JobMemory memory = JobMemory.of(config.node(), atHand.job());
    if (!memory.fits()) {
      throw new CommandFailure(memory.refusal());
    }
    out().println(memory.line());
    try (SampoNode node =
            SampoNode.start(
                config.node(), config.cluster(), Corpora.ofInstallation(List.of(atHand.corpus())));
        ClusterClient client = node.client()) {
      atHand.submit(client, LIMIT_SECONDS);
      follow(client, atHand);
      Path model =
          node.folder().resolve("jobs").resolve(atHand.spec().id().value()).resolve("model");
      awaitModel(model);
      out().printf("the model is in %s%n", model);
      return CommandLine.ExitCode.OK;
    } catch (NodeFailure e) {
      throw new CommandFailure(String.valueOf(e.getMessage()), e);
    }
  }

  private void follow(ClusterClient client, JobAtHand atHand) {
    BatchConfig batch = atHand.job().recipe().batch();
    long tokensPerStep = batch.sequencesPerStep() * atHand.job().recipe().model().context();
    Progress progress = new Progress(atHand.spec().steps(), tokensPerStep);
    long nextPrint = System.nanoTime();
    while (true) {
      Status status = latest(client);
      Committed committed = status.committed();
      if (committed != null) {
        progress.reached(committed.version(), System.nanoTime());
      }
      requireADevice(status, atHand.spec().id());
      boolean ended = hasEnded(status);
      if (committed != null && (ended || System.nanoTime() - nextPrint >= 0)) {
        nextPrint = System.nanoTime() + PRINT_NANOS;
        out().println(progress.line(committed.decision()));
      }
      if (ended) {
        return;
      }
      pause();
    }
  }

  private static void pause() {
    LockSupport.parkNanos(LOOK_NANOS);
    if (Thread.interrupted()) {
      throw new CommandFailure("the training was interrupted; hint: run it again to go on");
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

  private static Status latest(ClusterClient client) {
    try {
      return JobAtHand.await(client.status());
    } catch (CompletionException e) {
      throw new CommandFailure("the node stopped answering; hint: look into its log", e);
    }
  }

  private static boolean hasEnded(Status status) {
    Configuration now = status.configuration();
    if (now != null && now.status() == JobStatus.STOPPED) {
      throw new CommandFailure("the job was stopped: reason=" + now.reason());
    }
    return now != null && now.status() == JobStatus.FINISHED;
  }

  private static void awaitModel(Path model) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!Files.isDirectory(model)) {
      if (System.nanoTime() - deadline > 0) {
        throw new CommandFailure(
            "the model was not written: folder="
                + model
                + "; hint: look for export-failed in events.jsonl");
      }
      pause();
    }
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  /** How far a run is, and how fast. */
  static final class Progress {
    private final long steps;
    private final long tokensPerStep;
    private long firstVersion = -1;
    private long firstNanos;
    private long version;
    private long nanos;

    Progress(long steps, long tokensPerStep) {
      this.steps = steps;
      this.tokensPerStep = tokensPerStep;
    }

    void reached(long committed, long nowNanos) {
      if (firstVersion < 0) {
        firstVersion = committed;
        firstNanos = nowNanos;
      }
      version = committed;
      nanos = nowNanos;
    }

    String line(@Nullable Decision decision) {
      double seconds = (nanos - firstNanos) * 1e-9;
      double rate = seconds > 0 ? (version - firstVersion) / seconds : 0;
      String eta = rate > 0 ? String.format(Locale.ROOT, "%.0f s", (steps - version) / rate) : "?";
      return String.format(
          Locale.ROOT,
          "step %d/%d  %s  %.0f tokens/s  ETA %s",
          version,
          steps,
          decision == null
              ? "begins"
              : decision.skip()
                  ? "skipped: the gradient is not finite"
                  : String.format(
                      Locale.ROOT,
                      "loss %.4f  rate %.2e  norm %.3f",
                      decision.loss(),
                      decision.learningRate(),
                      decision.gradientNorm()),
          rate * tokensPerStep,
          eta);
    }
  }
}
