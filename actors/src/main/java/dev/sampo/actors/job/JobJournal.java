package dev.sampo.actors.job;

import dev.sampo.protocol.Decision;
import dev.sampo.protocol.message.Message.Committed;
import dev.sampo.protocol.message.News;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Tells what becomes of a job on this node, to its log of events and to whoever watches. */
final class JobJournal {
  private final JobContext job;
  private final News news = new News();
  private final Map<Integer, String> shardRefusals = new HashMap<>();

  JobJournal(JobContext job) {
    this.job = job;
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

  void looked(Observation seen) {
    if (seen instanceof Observation.Validated validated) {
      job.events()
          .write(
              job.events()
                  .event("validated")
                  .put("version", validated.version())
                  .put("loss", validated.evaluation().loss())
                  .put("tokens", validated.evaluation().tokens()));
    }
    job.watch().tell(seen);
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
