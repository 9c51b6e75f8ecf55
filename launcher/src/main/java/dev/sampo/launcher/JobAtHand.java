package dev.sampo.launcher;

import dev.sampo.actors.node.ClusterClient;
import dev.sampo.actors.node.Jobs;
import dev.sampo.config.PinnedJob;
import dev.sampo.config.SampoConfig;
import dev.sampo.config.SnapshotConfig;
import dev.sampo.model.text.Corpus;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.SnapshotRule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** A job with its data, ready to be handed in. */
public record JobAtHand(PinnedJob job, JobSpec spec, Path corpus) {
  /** Finds (or prepares) the job's data on this machine, and pins the job to it. */
  public static JobAtHand of(SampoConfig config) {
    try {
      Path folder = Corpora.ofInstallation(List.of()).locate(config.requireJob().corpus());
      try (Corpus corpus = Corpus.open(folder)) {
        PinnedJob job = config.requireJob().withData(corpus.fingerprint(), corpus.vocabulary());
        SnapshotConfig snapshots = config.requireJob().snapshots();
        JobSpec spec =
            Jobs.spec(job, config.cluster().replicas())
                .withSnapshots(new SnapshotRule(snapshots.everySteps(), snapshots.keep()));
        return new JobAtHand(job, spec, folder);
      }
    } catch (IOException e) {
      throw new CommandFailure(
          "a job needs its data: job="
              + config.requireJob().recipe().name()
              + ", "
              + e.getMessage(),
          e);
    }
  }

  /** Hands the job in until the cluster knows what it says to it, or the deadline passes. */
  public void submit(ClusterClient client, long limitSeconds) {
    new HandingIn("job", limitSeconds).untilTaken(() -> client.submit(spec));
  }

  static <T> T await(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }
}
