package dev.sampo.launcher;

import dev.sampo.actors.job.JobModel;
import dev.sampo.actors.node.ClusterClient;
import dev.sampo.actors.node.Jobs;
import dev.sampo.config.EvaluationConfig;
import dev.sampo.config.JobConfig;
import dev.sampo.config.PinnedJob;
import dev.sampo.config.SampoConfig;
import dev.sampo.config.SnapshotConfig;
import dev.sampo.model.text.Corpus;
import dev.sampo.protocol.AuditRule;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.Origin;
import dev.sampo.protocol.SnapshotRule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * A job with what it is made of, ready to be handed in.
 *
 * @param corpus the folder of its data
 * @param models the folder of the model that it begins with, if it names one
 */
public record JobAtHand(PinnedJob job, JobSpec spec, Path corpus, List<Path> models) {
  /** Finds (or prepares) the job's data and model on this machine, and pins the job to them. */
  public static JobAtHand of(SampoConfig config) {
    JobConfig wanted = config.requireJob();
    try {
      Optional<Path> model = wanted.first().folder();
      JobConfig found = model.isEmpty() ? wanted : StartingModel.of(wanted, model.get());
      Path folder = Corpora.ofInstallation(List.of()).locate(wanted.corpus());
      try (Corpus corpus = Corpus.open(folder)) {
        if (model.isPresent()) {
          StartingModel.requireItsTokenizer(model.get(), corpus);
        }
        PinnedJob job = found.withData(corpus.fingerprint(), corpus.vocabulary());
        requireShards(job);
        SnapshotConfig snapshots = wanted.snapshots();
        JobSpec spec =
            Jobs.spec(job, config.cluster().replicas())
                .withSnapshots(new SnapshotRule(snapshots.everySteps(), snapshots.keep()))
                .withAudits(new AuditRule(wanted.auditFraction()));
        return new JobAtHand(job, spec, folder, model.stream().toList())
            .evaluated(wanted.evaluation());
      }
    } catch (IOException e) {
      throw new CommandFailure(
          "a job needs its data: job=" + wanted.recipe().name() + ", " + e.getMessage(), e);
    }
  }

  /** The same job, evaluated in another way than its settings say. */
  public JobAtHand evaluated(EvaluationConfig wanted) {
    try {
      return new JobAtHand(job, spec.withEvaluation(Jobs.evaluation(job, wanted)), corpus, models);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()), e);
    }
  }

  private static void requireShards(PinnedJob job) {
    try {
      JobModel.rangesOf(job);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()), e);
    }
  }

  /** How many parameters its model has. */
  public long parameters() {
    return JobModel.shapeOf(job).layout().total();
  }

  /** Hands the job in until the cluster knows what it says to it, or the deadline passes. */
  public void submit(ClusterClient client, long limitSeconds) {
    submit(client, Origin.VERSION_ZERO, limitSeconds);
  }

  /** As {@link #submit(ClusterClient, long)}, to begin where {@code origin} says. */
  public void submit(ClusterClient client, Origin origin, long limitSeconds) {
    new HandingIn("job", limitSeconds).untilTaken(() -> client.submit(spec, origin));
  }

  /** Waits for an answer. */
  public static <T> T await(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }
}
