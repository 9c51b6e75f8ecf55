package dev.sampo.model.folder;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.device.Device;
import dev.sampo.model.ModelShape;
import dev.sampo.model.gpt.GptShape;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/** GPT-2, with or without the prefix of its language model. */
final class GptDialect implements Dialect {
  private static final String PREFIX = "transformer.";

  /** That of {@link Device#LAYER_NORM_EPSILON}. */
  private static final double EPSILON = 1e-5;

  @Override
  public String modelType() {
    return "gpt2";
  }

  @Override
  public boolean speaksOf(ModelShape shape) {
    return shape instanceof GptShape;
  }

  @Override
  public ModelShape shape(ConfigJson config) throws IOException {
    config.expect(
        "activation_function",
        config.text("activation_function", "gelu_new"),
        Set.of("gelu_new", "gelu_pytorch_tanh"));
    String no = "false";
    for (String name : List.of("scale_attn_by_inverse_layer_idx", "add_cross_attention")) {
      config.expect(name, config.text(name, no), Set.of(no));
    }
    config.expect("scale_attn_weights", config.text("scale_attn_weights", "true"), Set.of("true"));
    config.expect(
        "tie_word_embeddings", config.text("tie_word_embeddings", "true"), Set.of("true"));
    config.expectNumber("layer_norm_epsilon", EPSILON, EPSILON);
    int width = config.count("n_embd");
    config.expectNumber("n_inner", 4.0 * width, 4.0 * width);
    return new GptShape(
        config.count("n_layer"),
        config.count("n_head"),
        width,
        config.count("n_positions"),
        config.count("vocab_size"));
  }

  @Override
  public void describe(ModelShape shape, ObjectNode config) {
    GptShape gpt = (GptShape) shape;
    config.putArray("architectures").add("GPT2LMHeadModel");
    config.put("n_layer", gpt.layers());
    config.put("n_head", gpt.heads());
    config.put("n_embd", gpt.width());
    config.put("n_positions", gpt.context());
    config.put("n_ctx", gpt.context());
    config.put("activation_function", "gelu_new");
    config.put("layer_norm_epsilon", EPSILON);
    // Sampo trains without dropout; the defaults of others are above zero.
    config.put("attn_pdrop", 0.0);
    config.put("embd_pdrop", 0.0);
    config.put("resid_pdrop", 0.0);
    config.put("tie_word_embeddings", true);
  }

  @Override
  public List<String> namesInFiles(String tensor) {
    return List.of(tensor, PREFIX + tensor);
  }

  @Override
  public boolean isNoParameter(String nameInFile, ModelShape shape) {
    return nameInFile.endsWith(".attn.bias")
        || nameInFile.endsWith(".attn.masked_bias")
        || nameInFile.equals("lm_head.weight");
  }
}
