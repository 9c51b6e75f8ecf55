package dev.sampo.launcher.train;

import dev.sampo.actors.job.JobMemory;
import dev.sampo.model.evaluate.Evaluation;
import dev.sampo.protocol.Decision;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** What there is to tell of a run. */
sealed interface TrainEvent {
  /** What the job takes of this machine's memory, computed before anything is opened. */
  record Memory(JobMemory memory) implements TrainEvent {}

  /**
   * The job, before its first step.
   *
   * @param productRate what the machine reaches in matrix products alone, FLOP/s; empty if that was
   *     not measured
   */
  record Job(String id, String name, long steps, long parameters, OptionalDouble productRate)
      implements TrainEvent {}

  /**
   * The run has begun.
   *
   * @param step committed by an earlier run, 0 if there was none
   */
  record Begun(long step) implements TrainEvent {}

  /**
   * How far it is.
   *
   * @param step the last committed one
   * @param decision of that step; null for version 0
   * @param tokensPerSecond over the last seconds; 0 while that is not known
   * @param share of the machine's own rate in matrix products; empty while that is not known
   * @param etaSeconds empty while that is not known
   */
  record Progress(
      long step,
      long steps,
      @Nullable Decision decision,
      double tokensPerSecond,
      OptionalDouble share,
      OptionalDouble etaSeconds)
      implements TrainEvent {}

  /** The loss of a committed version on the held-out text. */
  record Validation(long step, Evaluation evaluation) implements TrainEvent {}

  /** A version's loss on the held-out text cannot be told. */
  record NoValidation(long step, String reason) implements TrainEvent {}

  /** The job ends before its last step, since it got no better; its model follows. */
  record EndsEarly(String reason) implements TrainEvent {}

  /**
   * The job is done: at its last step, or where it got no better.
   *
   * @param steps that are committed
   * @param validation of the last version, if it could be told
   * @param sha256 of the parameters
   */
  record End(long steps, Optional<Evaluation> validation, String sha256, Path model)
      implements TrainEvent {}

  /**
   * The run was interrupted; nothing committed is lost.
   *
   * @param step the last committed one
   * @param command that goes on from there
   */
  record Stopped(long step, long steps, String command) implements TrainEvent {}
}
