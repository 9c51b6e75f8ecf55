package dev.sampo.model.file;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file: u64 length, little-endian; a JSON object of {@code name:
 * {dtype, shape, data_offsets}}; then the tensors.
 *
 * <pre>
 * 0        8               8 + n
 * +--------+---------------+------------------------+
 * | n, u64 | JSON, n bytes | data, offsets from here|
 * +--------+---------------+------------------------+
 * </pre>
 *
 * <p>Nothing is believed: lengths, types, shapes and offsets are checked against each other and the
 * file's size, and the tensors must fill the data without a hole or an overlap.
 *
 * @param dataStart byte of the file where the data begins
 * @param entries by name, in the order of the data
 */
record SafetensorsHeader(long dataStart, Map<String, TensorEntry> entries) {
  private static final long MAX_HEADER_BYTES = 100L << 20;
  private static final int MAX_DIMENSIONS = 8;
  private static final String METADATA = "__metadata__";
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /**
   * Reads and checks a header.
   *
   * @param path for messages
   * @param file the whole file
   * @throws IOException with rule, path and what was found
   */
  static SafetensorsHeader read(Path path, MemorySegment file) throws IOException {
    long headerBytes = headerBytes(path, file);
    long dataBytes = file.byteSize() - 8 - headerBytes;
    JsonNode json = parse(path, file.asSlice(8, headerBytes));
    List<TensorEntry> entries = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : json.properties()) {
      if (!field.getKey().equals(METADATA)) {
        entries.add(entry(path, field.getKey(), field.getValue(), dataBytes));
      }
    }
    entries.sort(Comparator.comparingLong(TensorEntry::from).thenComparingLong(TensorEntry::to));
    long at = 0;
    Map<String, TensorEntry> inOrder = new LinkedHashMap<>();
    for (TensorEntry entry : entries) {
      if (entry.from() != at) {
        throw broken(
            path,
            "tensors fill the data without a hole or an overlap",
            "tensor=" + entry.name() + ", from=" + entry.from() + ", wanted=" + at);
      }
      at = entry.to();
      inOrder.put(entry.name(), entry);
    }
    if (at != dataBytes) {
      throw broken(
          path, "tensors fill the data to its end", "end=" + at + ", dataBytes=" + dataBytes);
    }
    return new SafetensorsHeader(8 + headerBytes, inOrder);
  }

  private static long headerBytes(Path path, MemorySegment file) throws IOException {
    if (file.byteSize() < 8) {
      throw broken(path, "a file has at least 8 bytes", "bytes=" + file.byteSize());
    }
    long bytes = file.asSlice(0, 8).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    if (bytes < 2 || bytes > MAX_HEADER_BYTES || bytes > file.byteSize() - 8) {
      throw broken(
          path,
          "the header lies in the file",
          "headerBytes=" + bytes + ", fileBytes=" + file.byteSize());
    }
    return bytes;
  }

  private static JsonNode parse(Path path, MemorySegment header) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(header.byteSize())];
    header.asByteBuffer().get(bytes);
    try {
      JsonNode node = MAPPER.readTree(bytes);
      if (node == null || !node.isObject()) {
        throw broken(path, "the header is a JSON object", "bytes=" + bytes.length);
      }
      return node;
    } catch (JacksonException e) {
      throw broken(path, "the header is JSON", "reason=" + e.getOriginalMessage());
    }
  }

  private static TensorEntry entry(Path path, String name, JsonNode node, long dataBytes)
      throws IOException {
    String what = "tensor=" + name;
    ElementType type = type(path, what, node.path("dtype").asText("missing"));
    List<Integer> shape = shape(path, what, node.path("shape"));
    JsonNode offsets = node.path("data_offsets");
    boolean whole =
        offsets.isArray()
            && offsets.size() == 2
            && offsets.path(0).canConvertToExactIntegral()
            && offsets.path(1).canConvertToExactIntegral()
            && offsets.path(0).canConvertToLong()
            && offsets.path(1).canConvertToLong();
    long from = whole ? offsets.path(0).asLong() : -1;
    long to = whole ? offsets.path(1).asLong() : -1;
    if (from < 0 || to < from || to > dataBytes || to - from != bytes(path, what, type, shape)) {
      throw broken(
          path,
          "data offsets lie in the file and fit the shape",
          what + ", offsets=" + offsets + ", shape=" + shape + ", dataBytes=" + dataBytes);
    }
    return new TensorEntry(name, type, shape, from, to);
  }

  private static ElementType type(Path path, String what, String word) throws IOException {
    for (ElementType type : ElementType.values()) {
      if (type.name().equals(word)) {
        return type;
      }
    }
    throw broken(path, "weights are F32, BF16 or F16", what + ", dtype=" + word);
  }

  private static List<Integer> shape(Path path, String what, JsonNode node) throws IOException {
    if (!node.isArray() || node.size() > MAX_DIMENSIONS) {
      throw broken(path, "a shape is a short list", what + ", shape=" + node);
    }
    List<Integer> shape = new ArrayList<>();
    for (JsonNode size : node) {
      if (!size.isInt() || size.asInt() < 0) {
        throw broken(path, "a shape is a list of sizes", what + ", shape=" + node);
      }
      shape.add(size.asInt());
    }
    return List.copyOf(shape);
  }

  private static long bytes(Path path, String what, ElementType type, List<Integer> shape)
      throws IOException {
    try {
      long bytes = type.bytes();
      for (int size : shape) {
        bytes = Math.multiplyExact(bytes, (long) size);
      }
      return bytes;
    } catch (ArithmeticException e) {
      throw broken(path, "a tensor fits in memory", what + ", shape=" + shape);
    }
  }

  static IOException broken(Path path, String rule, String found) {
    return new IOException(
        "not a readable safetensors file, " + rule + ": path=" + path + ", " + found);
  }
}
