package dev.sampo.actors.job;

import dev.sampo.actors.job.Observation.NotValidated;
import dev.sampo.actors.job.Observation.Validated;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Tells committed versions' losses on the held-out text, by the first device of a node. It reads
 * the parameters where they lie; the node's own devices do not start on that version before it is
 * done, and where others go on without this node, a version that was overwritten meanwhile is not
 * told of.
 */
final class Validator {
  private final JobContext job;
  private final ParameterMirror mirror;
  private final JobResources resources;

  Validator(JobContext job, ParameterMirror mirror, JobResources resources) {
    this.job = job;
    this.mirror = mirror;
    this.resources = resources;
  }

  /** Takes its time, and belongs on a thread that may wait. */
  Observation validate(long version, MemorySegment flat) {
    NodeComputer computer = resources.firstComputer();
    if (computer == null || resources.corpus() == null) {
      return new NotValidated(version, "this node has no device that computes");
    }
    long[] before = mirror.prefixes(version);
    try {
      Observation seen =
          new Validated(
              version,
              computer.evaluate(
                  flat, resources.corpus().validation(), job.watch().validationTokens()));
      return isStillThere(version, before)
          ? seen
          : new NotValidated(version, "the cluster went on before its loss was known");
    } catch (IllegalArgumentException | CancellationException e) {
      return new NotValidated(version, String.valueOf(e.getMessage()));
    }
  }

  private boolean isStillThere(long version, long @Nullable [] before) {
    return before != null && Arrays.equals(before, mirror.prefixes(version));
  }
}
