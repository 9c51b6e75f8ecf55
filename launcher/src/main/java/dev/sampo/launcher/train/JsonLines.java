package dev.sampo.launcher.train;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.actors.job.JobMemory;
import dev.sampo.model.evaluate.Evaluation;
import dev.sampo.protocol.Decision;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One JSON object an event, each on a line of its own; what is not known is left out. */
record JsonLines() implements Lines {
  @Override
  public String of(TrainEvent event) {
    return switch (event) {
      case TrainEvent.Memory(JobMemory memory) -> of(memory).toString();
      case TrainEvent.Job job -> of(job).toString();
      case TrainEvent.Begun begun -> named("begun").put("step", begun.step()).toString();
      case TrainEvent.Progress progress -> of(progress).toString();
      case TrainEvent.Validation validation ->
          with(named("validation").put("step", validation.step()), validation.evaluation())
              .toString();
      case TrainEvent.NoValidation none ->
          named("no-validation").put("step", none.step()).put("reason", none.reason()).toString();
      case TrainEvent.EndsEarly early ->
          named("ends-early").put("reason", early.reason()).toString();
      case TrainEvent.End end -> of(end).toString();
      case TrainEvent.Stopped stopped ->
          named("stopped")
              .put("step", stopped.step())
              .put("steps", stopped.steps())
              .put("command", stopped.command())
              .toString();
    };
  }

  private static ObjectNode of(JobMemory memory) {
    ObjectNode node =
        named("memory")
            .put("totalBytes", memory.totalBytes())
            .put("limitBytes", memory.limitBytes())
            .put("activations", memory.activations().name().toLowerCase(Locale.ROOT));
    ObjectNode terms = node.putObject("terms");
    memory.terms().forEach(term -> terms.put(term.name(), term.bytes()));
    return node;
  }

  private static ObjectNode of(TrainEvent.Job job) {
    ObjectNode node =
        named("job")
            .put("id", job.id())
            .put("name", job.name())
            .put("steps", job.steps())
            .put("parameters", job.parameters());
    job.productRate().ifPresent(rate -> node.put("productFlopsPerSecond", rate));
    return node;
  }

  private static ObjectNode of(TrainEvent.Progress progress) {
    ObjectNode node = named("progress").put("step", progress.step()).put("steps", progress.steps());
    decided(node, progress.decision());
    node.put("tokensPerSecond", progress.tokensPerSecond());
    progress.share().ifPresent(share -> node.put("shareOfProducts", share));
    progress.etaSeconds().ifPresent(eta -> node.put("etaSeconds", eta));
    return node;
  }

  private static void decided(ObjectNode node, @Nullable Decision decision) {
    if (decision == null) {
      return;
    }
    node.put("learningRate", decision.learningRate());
    if (decision.skip()) {
      node.put("skipped", true);
    } else {
      node.put("loss", decision.loss()).put("gradientNorm", decision.gradientNorm());
    }
  }

  private static ObjectNode of(TrainEvent.End end) {
    ObjectNode node =
        named("end")
            .put("steps", end.steps())
            .put("sha256", end.sha256())
            .put("model", end.model().toString());
    end.validation().ifPresent(evaluation -> with(node.putObject("validation"), evaluation));
    return node;
  }

  private static ObjectNode with(ObjectNode node, Evaluation evaluation) {
    node.put("loss", evaluation.loss())
        .put("perplexity", evaluation.perplexity())
        .put("tokens", evaluation.tokens());
    evaluation.bitsPerByte().ifPresent(bits -> node.put("bitsPerByte", bits));
    return node;
  }

  private static ObjectNode named(String event) {
    return JsonNodeFactory.instance.objectNode().put("event", event);
  }
}
