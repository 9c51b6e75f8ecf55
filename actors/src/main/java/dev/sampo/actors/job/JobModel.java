package dev.sampo.actors.job;

import dev.sampo.config.ModelConfig;
import dev.sampo.config.OptimizerConfig;
import dev.sampo.config.PinnedJob;
import dev.sampo.config.RotaryConfig;
import dev.sampo.device.Precision;
import dev.sampo.model.ModelShape;
import dev.sampo.model.ParameterLayout;
import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.llama.LlamaShape;
import dev.sampo.model.llama.Rotary;
import dev.sampo.model.optimizer.AdamW;
import dev.sampo.model.optimizer.Muon;
import dev.sampo.model.optimizer.NewtonSchulz;
import dev.sampo.model.optimizer.Sgd;
import dev.sampo.parameter.AdamWArithmetic;
import dev.sampo.parameter.FirstVersion;
import dev.sampo.parameter.MuonArithmetic;
import dev.sampo.parameter.SgdArithmetic;
import dev.sampo.parameter.ShardArithmetic;
import dev.sampo.parameter.ShardPlan;
import dev.sampo.parameter.StoreGeometry;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.ShardRange;
import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;

/** From a model as jobs describe it to one that can be computed. */
public final class JobModel {
  /** For those who ask what is the same wherever a job begins. */
  static final FirstVersion NO_START =
      (from, to, out) -> {
        throw new IllegalStateException("nothing begins here");
      };

  private JobModel() {}

  /** The sizes of a job's model. */
  public static ModelShape shapeOf(PinnedJob job) {
    return shapeOf(job.recipe().model());
  }

  /**
   * How a job's parameters are cut into shards: a pure function of the job.
   *
   * @throws IllegalArgumentException if its model is too small for so many
   */
  public static List<ShardRange> rangesOf(PinnedJob job) {
    ParameterLayout layout = shapeOf(job).layout();
    int shards = job.recipe().shards();
    return switch (job.recipe().optimizer().kind()) {
      case ADAMW, SGD -> ShardRange.cut(layout.total(), shards);
      case MUON -> ShardPlan.ofWholeMatrices(layout, shards);
    };
  }

  /**
   * What a job's shards compute.
   *
   * @param start where they begin
   */
  static ShardArithmetic arithmeticOf(PinnedJob job, FirstVersion start) {
    OptimizerConfig settings = job.recipe().optimizer();
    float decay = (float) settings.weightDecay();
    float beta1 = (float) settings.beta1();
    float beta2 = (float) settings.beta2();
    AdamW adamW = new AdamW(beta1, beta2, (float) settings.epsilon(), decay);
    float momentum = (float) settings.momentum();
    ParameterLayout layout = shapeOf(job).layout();
    return switch (settings.kind()) {
      case ADAMW -> new AdamWArithmetic(adamW, layout, start);
      case SGD -> new SgdArithmetic(new Sgd(momentum, decay), layout, start);
      case MUON -> {
        Muon muon = new Muon(momentum, decay);
        yield new MuonArithmetic(muon, adamW, layout, start, new NewtonSchulz(layout));
      }
    };
  }

  /** How a job's store is laid out. */
  static StoreGeometry geometryOf(JobId id, PinnedJob job) {
    int stateFloats = arithmeticOf(job, NO_START).stateFloats();
    return new StoreGeometry(
        id, rangesOf(job), StoreGeometry.DEFAULT_BLOCK_PARAMETERS, stateFloats);
  }

  private static ModelShape shapeOf(ModelConfig model) {
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
              rotary(model.rotary()),
              (float) model.normEpsilon());
    };
  }

  /**
   * A model that lies in a folder, as jobs describe it.
   *
   * @param like says what the shape does not: dropout and precision
   * @throws IOException if a job cannot say what the model computes
   */
  public static ModelConfig configOf(ModelShape shape, ModelConfig like) throws IOException {
    ModelConfig config =
        switch (shape) {
          case GptShape gpt -> configOf(gpt, like);
          case LlamaShape llama -> configOf(llama, like);
          case ModelShape other -> throw unknown(other);
        };
    if (!shapeOf(config).equals(shape)) {
      throw unknown(shape);
    }
    return config;
  }

  private static ModelConfig configOf(GptShape shape, ModelConfig like) {
    return new ModelConfig(
        ModelConfig.Family.GPT2,
        shape.layers(),
        shape.heads(),
        shape.heads(),
        shape.width(),
        4 * shape.width(),
        shape.context(),
        OptionalInt.of(shape.vocabulary()),
        ModelConfig.Head.TIED,
        like.rotary(),
        like.normEpsilon(),
        like.dropout(),
        like.precision());
  }

  private static ModelConfig configOf(LlamaShape shape, ModelConfig like) {
    return new ModelConfig(
        ModelConfig.Family.LLAMA,
        shape.layers(),
        shape.heads(),
        shape.keyHeads(),
        shape.width(),
        shape.inner(),
        shape.context(),
        OptionalInt.of(shape.vocabulary()),
        switch (shape.head()) {
          case TIED -> ModelConfig.Head.TIED;
          case SEPARATE -> ModelConfig.Head.SEPARATE;
        },
        rotary(shape.rotary()),
        // The decimal that people write, not what the nearest float is exactly.
        Double.parseDouble(Float.toString(shape.epsilon())),
        like.dropout(),
        like.precision());
  }

  private static Rotary rotary(RotaryConfig config) {
    return new Rotary(
        config.base(),
        switch (config.scaling()) {
          case RotaryConfig.Scaling.None() -> null;
          case RotaryConfig.Scaling.Linear(double factor) -> new Rotary.Scaling.Linear(factor);
          case RotaryConfig.Scaling.Llama3(double factor, double low, double high, int old) ->
              new Rotary.Scaling.Llama3(factor, low, high, old);
        });
  }

  private static RotaryConfig rotary(Rotary rotary) {
    return new RotaryConfig(
        rotary.base(),
        switch (rotary.scaling()) {
          case null -> new RotaryConfig.Scaling.None();
          case Rotary.Scaling.Linear(double factor) -> new RotaryConfig.Scaling.Linear(factor);
          case Rotary.Scaling.Llama3(double factor, double low, double high, int old) ->
              new RotaryConfig.Scaling.Llama3(factor, low, high, old);
        });
  }

  private static IOException unknown(ModelShape shape) {
    return new IOException(
        "a job can describe its model: shape="
            + shape
            + "; hint: its constants are none that a job's settings can hold");
  }

  /** Of the device that computes it. */
  public static Precision precisionOf(PinnedJob job) {
    return switch (job.recipe().model().precision()) {
      case F32 -> Precision.F32;
      case BF16 -> Precision.BF16;
    };
  }
}
