package dev.sampo.model.folder;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * A model's {@value #FILE}, read with care.
 *
 * @param path for messages
 * @param json an object
 */
record ConfigJson(Path path, JsonNode json) {
  static final String FILE = "config.json";

  static ConfigJson read(Path folder) throws IOException {
    Path path = folder.resolve(FILE);
    if (!Files.isRegularFile(path)) {
      throw new IOException(
          "no model in this folder: path=" + path + "; hint: name a folder with " + FILE);
    }
    try {
      JsonNode json = new ObjectMapper().readTree(path.toFile());
      if (json == null || !json.isObject()) {
        throw new IOException("a model's config is a JSON object: path=" + path);
      }
      return new ConfigJson(path, json);
    } catch (JacksonException e) {
      throw new IOException(
          "a model's config is JSON: path=" + path + ", reason=" + e.getOriginalMessage(), e);
    }
  }

  boolean has(String name) {
    return json.hasNonNull(name);
  }

  int count(String name) throws IOException {
    JsonNode node = json.path(name);
    if (!node.isInt()) {
      throw new IOException(
          "a model's config has whole numbers for its sizes: path=%s, %s=%s"
              .formatted(path, name, node.isMissingNode() ? "missing" : node));
    }
    return node.asInt();
  }

  int count(String name, int otherwise) throws IOException {
    return has(name) ? count(name) : otherwise;
  }

  double number(String name, double otherwise) throws IOException {
    JsonNode node = json.path(name);
    if (has(name) && !node.isNumber()) {
      throw new IOException(
          "a model's config has numbers for its constants: path=%s, %s=%s"
              .formatted(path, name, node));
    }
    return has(name) ? node.asDouble() : otherwise;
  }

  String text(String name, String otherwise) {
    return json.path(name).asText(otherwise);
  }

  boolean flag(String name, boolean otherwise) {
    return json.path(name).asBoolean(otherwise);
  }

  /** Refuses a model whose setting is one that Sampo does not compute. */
  void expect(String name, String found, Set<String> known) throws IOException {
    if (!known.contains(found)) {
      throw new IOException(
          "a model of a kind that Sampo does not compute: path=%s, %s=%s, known=%s"
              .formatted(path, name, found, known.stream().sorted().toList()));
    }
  }

  /** Refuses a number other than the one that Sampo computes with. */
  void expectNumber(String name, double otherwise, double known) throws IOException {
    double found = number(name, otherwise);
    expect(name, Double.toString(found), Set.of(Double.toString(known)));
  }
}
