package dev.sampo.actors.job;

import dev.sampo.model.evaluate.Evaluation;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.HeldOutLoss;
import dev.sampo.protocol.message.Message.Committed;
import dev.sampo.protocol.message.Message.Configured;
import dev.sampo.protocol.message.News;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/** Tells what becomes of a job on this node, to its log of events and to whoever watches. */
final class JobJournal {
  private static final String TOO_SHORT =
      "the held-out text is shorter than one micro-batch of the job; hint: prepare more text, or"
          + " lower job.batch.sequences";

  private final JobContext job;
  private final DoubleSupplier bytesPerToken;
  private final News news = new News();
  private final Map<Integer, String> shardRefusals = new HashMap<>();
  private @Nullable Fence highest;
  private HeldOutLoss evaluated = HeldOutLoss.NONE;
  private boolean told = true;

  /**
   * A journal with nothing in it.
   *
   * @param bytesPerToken of the held-out text, asked for when something is told of it
   */
  JobJournal(JobContext job, DoubleSupplier bytesPerToken) {
    this.job = job;
    this.bytesPerToken = bytesPerToken;
  }

  /** News of a committed version; those heard before are not told again. */
  void committed(Committed committed) {
    boolean first = news.committed() == null;
    if (!news.hear(committed)) {
      return;
    }
    if (first) {
      job.watch().tell(new Observation.Begun(committed.version()));
    }
    job.watch().tell(new Observation.Committed(committed.version()));
    Decision decision = committed.decision();
    var event =
        job.events()
            .event("committed", committed.fence())
            .put("version", committed.version())
            .put("hash", committed.baseHash().hex());
    if (decision != null) {
      event
          .put("loss", decision.loss())
          .put("learningRate", decision.learningRate())
          .put("gradientNorm", decision.gradientNorm())
          .put("skip", decision.skip());
    }
    job.events().write(event);
    tellOfEvaluation();
  }

  /** News of the register; an evaluation that was heard of before is not told again. */
  void configured(Configured configured) {
    if (highest != null && configured.fence().isBelow(highest)) {
      return;
    }
    highest = configured.fence();
    HeldOutLoss last = configured.configuration().evaluations().last();
    if (!last.equals(evaluated)) {
      evaluated = last;
      told = last.version() < 0;
      tellOfEvaluation();
    }
  }

  /** After what is said of where the job goes on from. */
  private void tellOfEvaluation() {
    if (told || news.committed() == null) {
      return;
    }
    told = true;
    job.events()
        .write(
            job.events()
                .event("validated")
                .put("version", evaluated.version())
                .put("loss", evaluated.loss())
                .put("tokens", evaluated.tokens()));
    job.watch()
        .tell(
            evaluated.tokens() == 0
                ? new Observation.NotValidated(evaluated.version(), TOO_SHORT)
                : new Observation.Validated(
                    evaluated.version(),
                    new Evaluation(
                        evaluated.loss(), evaluated.tokens(), bytesPerToken.getAsDouble())));
  }

  void refused(String reason) {
    job.events().write(job.events().event("refused").put("reason", reason));
  }

  /** Tells once why this node has no version of a shard. */
  void shardRefused(int shard, String reason) {
    if (!reason.equals(shardRefusals.put(shard, reason))) {
      job.events()
          .write(job.events().event("shard-refused").put("shard", shard).put("reason", reason));
      job.watch().tell(new Observation.ShardRefused(shard, reason));
    }
  }

  void exported(Path folder, String sha256) {
    job.events()
        .write(
            job.events().event("exported").put("folder", folder.toString()).put("sha256", sha256));
    job.watch().tell(new Observation.Exported(folder, sha256));
  }

  void notExported(String reason) {
    job.events().write(job.events().event("export-failed").put("reason", reason));
    job.watch().tell(new Observation.NotExported(reason));
  }
}
