package dev.sampo.model.token;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.stream.StreamSupport;

/**
 * A tokenizer that Hugging Face's library wrote as {@value #FILE}.
 *
 * <p>Such a file does not say which of its tokens ends a document. That is the {@code eos_token} of
 * a {@value #SETTINGS} beside it, or else a token of one of the usual names.
 */
public final class JsonTokenizer implements Tokenizer {
  /** What {@link #kind} says, and the usual name of the file. */
  public static final String FILE = "tokenizer.json";

  private static final String SETTINGS = "tokenizer_config.json";
  private static final List<String> USUAL_ENDS =
      List.of("<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>", "<|im_end|>", "[EOS]");

  /** Nothing is added to a text, nothing cut off it. */
  private static final Map<String, String> AS_IT_IS =
      Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");

  private final HuggingFaceTokenizer tokenizer;
  private final int vocabulary;
  private final int separator;

  private JsonTokenizer(HuggingFaceTokenizer tokenizer, int vocabulary, int separator) {
    this.tokenizer = tokenizer;
    this.vocabulary = vocabulary;
    this.separator = separator;
  }

  /**
   * Reads a tokenizer and finds the token that ends a document.
   *
   * @throws IOException if the file is no such tokenizer, or has no token to end a document
   */
  public static JsonTokenizer open(Path file) throws IOException {
    JsonNode json = parse(file);
    String wanted = endNamedBeside(file);
    List<String> names = wanted.isEmpty() ? USUAL_ENDS : List.of(wanted);
    for (String name : names) {
      OptionalInt token = tokenNamed(json, name);
      if (token.isPresent()) {
        return open(file, token.getAsInt());
      }
    }
    throw new IOException(
        "a tokenizer needs a token that ends documents: path="
            + file
            + ", looked-for="
            + names
            + "; hint: name one as eos_token in "
            + SETTINGS
            + " beside it");
  }

  /**
   * Reads a tokenizer whose end of documents is known.
   *
   * @throws IOException if the file is no such tokenizer
   */
  public static JsonTokenizer open(Path file, int separator) throws IOException {
    int vocabulary = vocabularyOf(parse(file));
    if (separator < 0 || separator >= vocabulary) {
      throw new IOException(
          "the end of a document is one of the tokenizer's tokens: path=%s, token=%d, vocabulary=%d"
              .formatted(file, separator, vocabulary));
    }
    NativeTokenizers.load();
    try {
      return new JsonTokenizer(
          HuggingFaceTokenizer.newInstance(file, AS_IT_IS), vocabulary, separator);
    } catch (RuntimeException | LinkageError e) {
      throw new IOException(
          "a tokenizer could not be loaded: path=" + file + ", reason=" + e.getMessage(), e);
    }
  }

  private static JsonNode parse(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(
          "a tokenizer is a file: path=" + file + "; hint: name a tokenizer.json");
    }
    try {
      JsonNode json = new ObjectMapper().readTree(file.toFile());
      if (json.path("model").path("vocab").isMissingNode()) {
        throw new IOException(
            "a tokenizer has a model with a vocabulary: path="
                + file
                + "; hint: name a tokenizer.json of Hugging Face's tokenizers");
      }
      return json;
    } catch (JacksonException e) {
      throw new IOException(
          "a tokenizer is JSON: path=" + file + ", reason=" + e.getOriginalMessage(), e);
    }
  }

  /** The vocabulary is an object of tokens, or a list in their order. */
  private static int vocabularyOf(JsonNode json) {
    JsonNode entries = json.path("model").path("vocab");
    int largest =
        entries.isArray()
            ? entries.size() - 1
            : StreamSupport.stream(entries.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .max()
                .orElse(-1);
    for (JsonNode added : json.path("added_tokens")) {
      largest = Math.max(largest, added.path("id").asInt(-1));
    }
    return largest + 1;
  }

  private static OptionalInt tokenNamed(JsonNode json, String name) {
    for (JsonNode added : json.path("added_tokens")) {
      if (added.path("content").asText().equals(name)) {
        return OptionalInt.of(added.path("id").asInt());
      }
    }
    JsonNode token = json.path("model").path("vocab").path(name);
    return token.isInt() ? OptionalInt.of(token.asInt()) : OptionalInt.empty();
  }

  /** The setting is a text, or an object whose content is it; empty if there is none. */
  private static String endNamedBeside(Path file) throws IOException {
    Path settings = file.resolveSibling(SETTINGS);
    if (!Files.isRegularFile(settings)) {
      return "";
    }
    try {
      JsonNode end = new ObjectMapper().readTree(settings.toFile()).path("eos_token");
      return end.isObject() ? end.path("content").asText("") : end.isTextual() ? end.asText() : "";
    } catch (JacksonException e) {
      throw new IOException(
          "a tokenizer's settings are JSON: path="
              + settings
              + ", reason="
              + e.getOriginalMessage(),
          e);
    }
  }

  @Override
  public String kind() {
    return FILE;
  }

  @Override
  public int vocabulary() {
    return vocabulary;
  }

  @Override
  public int separator() {
    return separator;
  }

  @Override
  public int[] encode(byte[] utf8, int from, int length) {
    String text = new String(utf8, from, length, StandardCharsets.UTF_8);
    return Arrays.stream(tokenizer.encode(text, false, false).getIds())
        .mapToInt(Math::toIntExact)
        .toArray();
  }

  @Override
  public Detokenizer detokenizer(Consumer<String> out) {
    return new PrefixDetokenizer(tokenizer, separator, out);
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
