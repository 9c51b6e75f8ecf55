package dev.sampo.model.gpt;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.device.Device;
import dev.sampo.model.file.WholeFolder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A GPT-2 as a folder that other tools read: {@value #WEIGHTS} with the weights as f32 under
 * GPT-2's own names, and {@value #CONFIG} in GPT-2's dialect, with one line more that says how text
 * becomes tokens.
 */
public final class GptFiles {
  static final String WEIGHTS = "model.safetensors";
  static final String CONFIG = "config.json";
  private static final String TOKENIZER = "sampo_tokenizer";
  private static final String BYTES = "bytes";

  private GptFiles() {}

  /**
   * A model read back.
   *
   * @param shape its sizes
   * @param flat its parameters, in the arena that was given
   */
  public record Loaded(GptShape shape, MemorySegment flat) {}

  /**
   * Writes a model's folder, whole or not at all.
   *
   * @param folder made by this call; must not exist
   * @param flat the whole flat vector
   * @throws IOException if it exists or cannot be written
   */
  public static void write(Path folder, GptShape shape, MemorySegment flat) throws IOException {
    WholeFolder.write(
        folder,
        target -> {
          Safetensors.write(target.resolve(WEIGHTS), shape.layout(), flat);
          new ObjectMapper()
              .enable(SerializationFeature.INDENT_OUTPUT)
              .writeValue(target.resolve(CONFIG).toFile(), config(shape));
        });
  }

  private static ObjectNode config(GptShape shape) {
    ObjectNode config = new ObjectMapper().createObjectNode();
    config.putArray("architectures").add("GPT2LMHeadModel");
    config.put("model_type", "gpt2");
    config.put("n_layer", shape.layers());
    config.put("n_head", shape.heads());
    config.put("n_embd", shape.width());
    config.put("n_positions", shape.context());
    config.put("n_ctx", shape.context());
    config.put("vocab_size", shape.vocabulary());
    config.put("activation_function", "gelu_new");
    config.put("layer_norm_epsilon", (double) Device.LAYER_NORM_EPSILON);
    config.put("tie_word_embeddings", true);
    config.put("torch_dtype", "float32");
    config.put(TOKENIZER, BYTES);
    return config;
  }

  /**
   * Reads a model's folder.
   *
   * @param arena owns the parameters
   * @throws IOException with rule, path and what was found, if a file is missing, damaged or of
   *     another kind of model
   */
  public static Loaded read(Path folder, Arena arena) throws IOException {
    GptShape shape = shape(folder.resolve(CONFIG));
    return new Loaded(shape, Safetensors.read(folder.resolve(WEIGHTS), shape.layout(), arena));
  }

  private static GptShape shape(Path path) throws IOException {
    if (!Files.isRegularFile(path)) {
      throw new IOException(
          "no model in this folder: path=" + path + "; hint: name a folder with " + CONFIG);
    }
    JsonNode config;
    try {
      config = new ObjectMapper().readTree(path.toFile());
    } catch (JacksonException e) {
      throw new IOException(
          "a model's config is JSON: path=" + path + ", reason=" + e.getOriginalMessage(), e);
    }
    expect(path, config, "model_type", "gpt2");
    expect(path, config, "activation_function", "gelu_new");
    expect(path, config, TOKENIZER, BYTES);
    try {
      return new GptShape(
          number(path, config, "n_layer"),
          number(path, config, "n_head"),
          number(path, config, "n_embd"),
          number(path, config, "n_positions"),
          number(path, config, "vocab_size"));
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "a model's config has possible sizes: path=" + path + ", reason=" + e.getMessage(), e);
    }
  }

  private static void expect(Path path, JsonNode config, String name, String value)
      throws IOException {
    String found = config.path(name).asText("missing");
    if (!found.equals(value)) {
      throw new IOException(
          "only byte-level GPT-2 models can be read: path=%s, %s=%s, wanted=%s"
              .formatted(path, name, found, value));
    }
  }

  private static int number(Path path, JsonNode config, String name) throws IOException {
    JsonNode node = config.path(name);
    if (!node.isInt()) {
      throw new IOException(
          "a model's config has whole numbers for its sizes: path=%s, %s=%s"
              .formatted(path, name, node.isMissingNode() ? "missing" : node));
    }
    return node.asInt();
  }
}
