package dev.sampo.actors.job;

import dev.sampo.config.ModelConfig;
import dev.sampo.config.PinnedJob;
import dev.sampo.device.Precision;
import dev.sampo.model.ModelShape;
import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.llama.LlamaShape;
import dev.sampo.model.llama.Rotary;

/** From a model as jobs describe it to one that can be computed. */
public final class JobModel {
  /** That of LLaMA's norms since the second. */
  private static final float RMS_EPSILON = 1e-5f;

  private JobModel() {}

  /** The sizes of a job's model. */
  public static ModelShape shapeOf(PinnedJob job) {
    ModelConfig model = job.recipe().model();
    int vocabulary = model.vocabulary().orElseThrow();
    return switch (model.family()) {
      case GPT2 ->
          new GptShape(model.layers(), model.heads(), model.width(), model.context(), vocabulary);
      case LLAMA ->
          new LlamaShape(
              model.layers(),
              model.heads(),
              model.keyHeads(),
              model.width(),
              model.inner(),
              model.context(),
              vocabulary,
              switch (model.head()) {
                case TIED -> LlamaShape.Head.TIED;
                case SEPARATE -> LlamaShape.Head.SEPARATE;
              },
              new Rotary(model.rotaryBase(), null),
              RMS_EPSILON);
    };
  }

  /** Of the device that computes it. */
  public static Precision precisionOf(PinnedJob job) {
    return switch (job.recipe().model().precision()) {
      case F32 -> Precision.F32;
      case BF16 -> Precision.BF16;
    };
  }
}
