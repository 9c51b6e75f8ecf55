package dev.sampo.simulation;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Evaluations;
import dev.sampo.protocol.HeldOutLoss;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.message.Message.Grant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A version that is due is evaluated once, to the plain run's bits, before its step is granted; and
 * a job that gets no better ends when its rule says so, and not before.
 */
final class EvaluationLaws {
  private final Set<JobId> ended = new HashSet<>();

  /** Whether a job ended because it got no better. */
  boolean hasEnded(JobId job) {
    return ended.contains(job);
  }

  /**
   * A configuration was chosen.
   *
   * @param below the one chosen before it
   * @param plain null where classes are mixed
   */
  void onChosen(Optional<Configuration> below, Configuration chosen, @Nullable PlainRun plain) {
    Evaluations after = chosen.evaluations();
    HeldOutLoss last = after.last();
    boolean sameRun =
        below.isPresent()
            && below.get().job().equals(chosen.job())
            && chosen.status() != JobStatus.CREATED;
    Evaluations before = sameRun ? below.orElseThrow().evaluations() : Evaluations.NONE;
    if (!after.equals(before)) {
      Laws.check(
          last.version() > before.last().version(),
          "a version was evaluated again: before=" + before + ", after=" + after);
      Laws.check(
          chosen.job().evaluation().isDue(last.version(), chosen.job().steps()),
          "a version was evaluated that is not due: " + last);
      Laws.check(
          plain == null || plain.loss(last.version()).equals(last),
          "another loss than the plain run's: " + last);
      Laws.check(after.equals(folded(before, last)), "the best loss was lost: " + after);
    }
    boolean hopeless = chosen.endsByItsEvaluations();
    Laws.check(
        !hopeless || chosen.status() == JobStatus.STOPPED,
        "a job that gets no better goes on: " + chosen);
    if (hopeless) {
      ended.add(chosen.job().id());
    }
  }

  /** As a reader of the rule would say it. */
  private static Evaluations folded(Evaluations before, HeldOutLoss next) {
    boolean first = before.best().version() < 0;
    boolean better = first || next.loss() < before.best().loss();
    return new Evaluations(
        next, better ? next : before.best(), better ? 0 : before.sinceBest() + 1);
  }

  /** The register holds what is due of a version before its step is granted. */
  static void onGrant(Grant grant, Configuration configuration) {
    boolean due = configuration.job().evaluation().isDue(grant.step(), configuration.job().steps());
    Laws.check(
        !due || configuration.evaluations().last().version() >= grant.step(),
        "a step was granted before its version was evaluated: step=" + grant.step());
  }
}
