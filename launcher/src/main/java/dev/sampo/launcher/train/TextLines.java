package dev.sampo.launcher.train;

import dev.sampo.actors.job.JobMemory;
import dev.sampo.model.evaluate.Evaluation;
import dev.sampo.protocol.Decision;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Lines for people. */
record TextLines() implements Lines {
  private static final double GIGA = 1e9;

  @Override
  public String of(TrainEvent event) {
    return switch (event) {
      case TrainEvent.Memory(JobMemory memory) -> memory.table();
      case TrainEvent.Job job -> of(job);
      case TrainEvent.Begun begun ->
          begun.step() == 0 ? "" : "goes on from step " + begun.step() + ", committed earlier";
      case TrainEvent.Progress progress -> of(progress);
      case TrainEvent.Validation validation ->
          "step %d  validation loss %s"
              .formatted(validation.step(), fixed(validation.evaluation().loss()));
      case TrainEvent.NoValidation none ->
          "step %d  no validation loss: %s".formatted(none.step(), none.reason());
      case TrainEvent.EndsEarly early -> "ends early: " + early.reason();
      case TrainEvent.End end ->
          end.validation().map(evaluation -> of(evaluation) + "\n").orElse("")
              + "step %d is committed: sha256 %s%n".formatted(end.steps(), end.sha256())
              + "the model is in "
              + end.model();
      case TrainEvent.Stopped stopped ->
          "stopped: step %d of %d is committed%ngo on with: %s"
              .formatted(stopped.step(), stopped.steps(), stopped.command());
    };
  }

  private static String of(TrainEvent.Job job) {
    String rate =
        job.productRate().isPresent()
            ? String.format(
                Locale.ROOT,
                "; matrix products alone run at %.0f GFLOP/s here",
                job.productRate().getAsDouble() / GIGA)
            : "";
    return String.format(
        Locale.ROOT,
        "job %s (%s): %,d parameters, %,d steps%s",
        job.id(),
        job.name(),
        job.parameters(),
        job.steps(),
        rate);
  }

  private static String of(TrainEvent.Progress progress) {
    return "step %d/%d  %s%s"
        .formatted(progress.step(), progress.steps(), of(progress.decision()), speed(progress));
  }

  private static String speed(TrainEvent.Progress progress) {
    if (progress.etaSeconds().isEmpty()) {
      return "";
    }
    String share =
        progress.share().isPresent()
            ? String.format(
                Locale.ROOT, " (%.2f of matrix products alone)", progress.share().getAsDouble())
            : "";
    return String.format(
        Locale.ROOT,
        "  %.0f tokens/s%s  ETA %.0f s",
        progress.tokensPerSecond(),
        share,
        progress.etaSeconds().getAsDouble());
  }

  private static String of(@Nullable Decision decision) {
    if (decision == null) {
      return "begins";
    }
    return decision.skip()
        ? "skipped: the gradient is not finite"
        : String.format(
            Locale.ROOT,
            "loss %.4f  rate %.2e  norm %.3f",
            decision.loss(),
            decision.learningRate(),
            decision.gradientNorm());
  }

  private static String of(Evaluation evaluation) {
    return String.format(
        Locale.ROOT,
        "validation loss %.4f nats a token, perplexity %.2f, %s, over %,d tokens",
        evaluation.loss(),
        evaluation.perplexity(),
        evaluation.bitsPerByte().isPresent()
            ? fixed(evaluation.bitsPerByte().getAsDouble()) + " bits a byte"
            : "bits a byte unknown",
        evaluation.tokens());
  }

  private static String fixed(double number) {
    return String.format(Locale.ROOT, "%.4f", number);
  }
}
