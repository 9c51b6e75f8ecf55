package dev.sampo.model.folder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.model.ModelShape;
import dev.sampo.model.llama.LlamaShape;
import dev.sampo.model.llama.LlamaShape.Head;
import dev.sampo.model.llama.Rotary;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** LLaMA 1 to 3, and what else is built the same. */
final class LlamaDialect implements Dialect {
  private static final double FIRST_BASE = 10_000;
  private static final double USUAL_EPSILON = 1e-6;
  private static final String LINEAR = "linear";
  private static final String LLAMA3 = "llama3";
  private static final String PLAIN = "default";

  @Override
  public String modelType() {
    return "llama";
  }

  @Override
  public boolean speaksOf(ModelShape shape) {
    return shape instanceof LlamaShape;
  }

  @Override
  public ModelShape shape(ConfigJson config) throws IOException {
    config.expect("hidden_act", config.text("hidden_act", "silu"), Set.of("silu"));
    config.expect("attention_bias", config.text("attention_bias", "false"), Set.of("false"));
    config.expect("mlp_bias", config.text("mlp_bias", "false"), Set.of("false"));
    int heads = config.count("num_attention_heads");
    int width = config.count("hidden_size");
    double headWidth = (double) width / heads;
    config.expectNumber("head_dim", headWidth, headWidth);
    return new LlamaShape(
        config.count("num_hidden_layers"),
        heads,
        config.count("num_key_value_heads", heads),
        width,
        config.count("intermediate_size"),
        config.count("max_position_embeddings"),
        config.count("vocab_size"),
        config.flag("tie_word_embeddings", false) ? Head.TIED : Head.SEPARATE,
        rotary(config),
        (float) config.number("rms_norm_eps", USUAL_EPSILON));
  }

  /** Newer configs have all in {@code rope_parameters}, older ones in two places. */
  private static Rotary rotary(ConfigJson config) throws IOException {
    JsonNode newer = config.json().path("rope_parameters");
    JsonNode older = config.json().path("rope_scaling");
    ConfigJson stretch = new ConfigJson(config.path(), newer.isObject() ? newer : older);
    double base =
        stretch.json().isObject() && stretch.has("rope_theta")
            ? stretch.number("rope_theta", FIRST_BASE)
            : config.number("rope_theta", FIRST_BASE);
    if (!stretch.json().isObject()) {
      return new Rotary(base, null);
    }
    String type = stretch.text("rope_type", stretch.text("type", PLAIN));
    config.expect("rope_type", type, Set.of(PLAIN, LINEAR, LLAMA3));
    return new Rotary(
        base,
        switch (type) {
          case LINEAR -> new Rotary.Scaling.Linear(stretch.number("factor", Double.NaN));
          case LLAMA3 -> llama3(stretch);
          default -> null;
        });
  }

  private static Rotary.Scaling llama3(ConfigJson stretch) throws IOException {
    return new Rotary.Scaling.Llama3(
        stretch.number("factor", Double.NaN),
        stretch.number("low_freq_factor", Double.NaN),
        stretch.number("high_freq_factor", Double.NaN),
        stretch.count("original_max_position_embeddings"));
  }

  @Override
  public void describe(ModelShape shape, ObjectNode config) {
    LlamaShape llama = (LlamaShape) shape;
    config.putArray("architectures").add("LlamaForCausalLM");
    config.put("num_hidden_layers", llama.layers());
    config.put("num_attention_heads", llama.heads());
    config.put("num_key_value_heads", llama.keyHeads());
    config.put("hidden_size", llama.width());
    config.put("intermediate_size", llama.inner());
    config.put("max_position_embeddings", llama.context());
    config.put("hidden_act", "silu");
    config.put("rms_norm_eps", Double.parseDouble(Float.toString(llama.epsilon())));
    config.put("attention_bias", false);
    config.put("mlp_bias", false);
    config.put("tie_word_embeddings", llama.head() == Head.TIED);
    config.put("rope_theta", llama.rotary().base());
    describe(llama.rotary().scaling(), config);
  }

  private static void describe(Rotary.@Nullable Scaling scaling, ObjectNode config) {
    switch (scaling) {
      case null -> {}
      case Rotary.Scaling.Linear(double factor) ->
          config.putObject("rope_scaling").put("rope_type", LINEAR).put("factor", factor);
      case Rotary.Scaling.Llama3 llama3 ->
          config
              .putObject("rope_scaling")
              .put("rope_type", LLAMA3)
              .put("factor", llama3.factor())
              .put("low_freq_factor", llama3.lowFrequencyFactor())
              .put("high_freq_factor", llama3.highFrequencyFactor())
              .put("original_max_position_embeddings", llama3.oldContext());
    }
  }

  @Override
  public List<String> namesInFiles(String tensor) {
    return List.of(tensor);
  }

  @Override
  public boolean isNoParameter(String nameInFile, ModelShape shape) {
    boolean tied = shape instanceof LlamaShape llama && llama.head() == Head.TIED;
    return nameInFile.endsWith(".rotary_emb.inv_freq")
        || (tied && nameInFile.equals("lm_head.weight"));
  }
}
