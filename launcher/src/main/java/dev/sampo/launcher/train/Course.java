package dev.sampo.launcher.train;

import dev.sampo.actors.job.Observation;
import dev.sampo.launcher.local.Pace;
import dev.sampo.launcher.train.TrainEvent.Validation;
import dev.sampo.model.evaluate.Evaluation;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.message.Message.Committed;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What there is to tell of a run, as its news come in. Pure: the time is handed in. One thread. */
final class Course {
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /**
   * What a run is measured by.
   *
   * @param flopsPerToken of training
   * @param productRate of the machine, FLOP/s, if it is known
   */
  record Scale(long steps, long tokensPerStep, double flopsPerToken, OptionalDouble productRate) {}

  private final Scale scale;
  private final Pace pace;
  private @Nullable Validation lastValidation;
  private String lastObstacle = "";
  private long committed;
  private long nextNanos;
  private boolean told;
  private boolean lastTold;
  private boolean early;
  private boolean over;

  Course(Scale scale) {
    this.scale = scale;
    this.pace = new Pace(scale.steps, scale.tokensPerStep);
  }

  /**
   * What is to be told now.
   *
   * @param news what the node has seen of its job since the last call
   * @param committed the newest committed version, at least as new as the news
   */
  List<TrainEvent> on(List<Observation> news, @Nullable Committed committed, long nowNanos) {
    List<TrainEvent> events = new ArrayList<>();
    for (Observation seen : news) {
      if (seen instanceof Observation.Begun(long version)) {
        this.committed = version;
        events.add(new TrainEvent.Begun(version));
      }
    }
    if (committed != null) {
      reached(committed, nowNanos).ifPresent(events::add);
    }
    for (Observation seen : news) {
      event(seen).ifPresent(events::add);
    }
    return events;
  }

  /** What is to be told once, if the job has ended since it got no better. */
  Optional<TrainEvent> endsEarly(@Nullable Configuration now) {
    if (early || now == null || !now.endsByItsEvaluations()) {
      return Optional.empty();
    }
    early = true;
    return Optional.of(new TrainEvent.EndsEarly(now.reason()));
  }

  private Optional<TrainEvent> event(Observation seen) {
    return switch (seen) {
      case Observation.Begun begun -> Optional.empty();
      case Observation.Committed(long version) -> {
        committed = Math.max(committed, version);
        yield Optional.empty();
      }
      case Observation.Validated(long version, Evaluation evaluation) -> {
        Validation validation = new Validation(version, evaluation);
        lastValidation = validation;
        yield Optional.of(validation);
      }
      case Observation.NotValidated(long version, String reason) -> {
        boolean known = reason.equals(lastObstacle);
        lastObstacle = reason;
        yield known ? Optional.empty() : Optional.of(new TrainEvent.NoValidation(version, reason));
      }
      case Observation.Exported(Path folder, String sha256) -> {
        over = true;
        yield Optional.of(new TrainEvent.End(committed, ofTheLast(), sha256, folder));
      }
      // The command ends with that reason.
      case Observation.NotExported failed -> Optional.empty();
      case Observation.ShardRefused refused -> Optional.empty();
    };
  }

  private Optional<Evaluation> ofTheLast() {
    return Optional.ofNullable(lastValidation)
        .filter(validation -> validation.step() == committed)
        .map(Validation::evaluation);
  }

  /** Told every two seconds, and when it is the last. */
  private Optional<TrainEvent> reached(Committed news, long nowNanos) {
    pace.reached(news.version(), nowNanos);
    committed = Math.max(committed, news.version());
    boolean last = news.version() == scale.steps && !lastTold;
    lastTold |= last;
    if (told && !last && nowNanos - nextNanos < 0) {
      return Optional.empty();
    }
    told = true;
    nextNanos = nowNanos + PAUSE_NANOS;
    return Optional.of(progress(news));
  }

  private TrainEvent progress(Committed news) {
    double stepsPerSecond = pace.stepsPerSecond();
    double tokensPerSecond = stepsPerSecond * scale.tokensPerStep;
    boolean moves = stepsPerSecond > 0;
    return new TrainEvent.Progress(
        news.version(),
        scale.steps,
        news.decision(),
        tokensPerSecond,
        moves && scale.productRate.isPresent()
            ? OptionalDouble.of(
                tokensPerSecond * scale.flopsPerToken / scale.productRate.getAsDouble())
            : OptionalDouble.empty(),
        moves
            ? OptionalDouble.of((scale.steps - news.version()) / stepsPerSecond)
            : OptionalDouble.empty());
  }

  /** The last version that is known to be committed. */
  long committed() {
    return committed;
  }

  /** Whether the model is there. */
  boolean isOver() {
    return over;
  }
}
