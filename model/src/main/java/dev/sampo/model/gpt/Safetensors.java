package dev.sampo.model.gpt;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.model.ParameterLayout;
import dev.sampo.model.ParameterTensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * The safetensors file format: u64 length of the header, little-endian; the header, a JSON object
 * of {@code name: {dtype, shape, data_offsets}}; the tensors, little-endian.
 *
 * <pre>
 * 0        8               8 + n
 * +--------+---------------+------------------------+
 * | n, u64 | JSON, n bytes | data, offsets from here|
 * +--------+---------------+------------------------+
 * </pre>
 *
 * <p>Nothing in a file is believed: lengths, names, shapes and offsets are checked against the
 * layout and the file's size before any tensor is read.
 */
final class Safetensors {
  private static final int ALIGNMENT = 8;
  private static final long MAX_HEADER_BYTES = 100L << 20;
  private static final long CHUNK_BYTES = 64L << 20;
  private static final String F32 = "F32";

  private Safetensors() {}

  static void write(Path path, ParameterLayout layout, MemorySegment flat) throws IOException {
    requireLittleEndian();
    long bytes = layout.total() * Float.BYTES;
    if (flat.byteSize() != bytes) {
      throw new IllegalArgumentException(
          "a flat vector has the layout's size: bytes=%d, wantedBytes=%d"
              .formatted(flat.byteSize(), bytes));
    }
    byte[] header = header(layout);
    ByteBuffer start = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN);
    start.putLong(header.length).put(header).flip();
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      writeFully(channel, start);
      for (long at = 0; at < bytes; at += CHUNK_BYTES) {
        writeFully(channel, flat.asSlice(at, Math.min(CHUNK_BYTES, bytes - at)).asByteBuffer());
      }
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /** The header, padded with spaces so that the data begins aligned. */
  private static byte[] header(ParameterLayout layout) {
    ObjectNode header = new ObjectMapper().createObjectNode();
    header.putObject("__metadata__").put("format", "pt");
    for (ParameterTensor tensor : layout.tensors()) {
      ObjectNode entry = header.putObject(tensor.name());
      entry.put("dtype", F32);
      for (int size : shape(tensor)) {
        entry.withArray("shape").add(size);
      }
      entry
          .putArray("data_offsets")
          .add(tensor.offset() * Float.BYTES)
          .add(tensor.end() * Float.BYTES);
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    byte[] padded = Arrays.copyOf(json, (json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    Arrays.fill(padded, json.length, padded.length, (byte) ' ');
    return padded;
  }

  private static int[] shape(ParameterTensor tensor) {
    return tensor.isVector()
        ? new int[] {tensor.columns()}
        : new int[] {tensor.rows(), tensor.columns()};
  }

  static MemorySegment read(Path path, ParameterLayout layout, Arena arena) throws IOException {
    requireLittleEndian();
    if (!Files.isRegularFile(path)) {
      throw new IOException("a model's weights are missing: path=" + path);
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        Arena mapping = Arena.ofConfined()) {
      MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), mapping);
      long headerBytes = headerBytes(path, file);
      JsonNode header = parse(path, file.asSlice(8, headerBytes));
      MemorySegment tensors = file.asSlice(8 + headerBytes);
      checkNames(path, header, layout);
      MemorySegment flat = arena.allocate(layout.total() * Float.BYTES, 64);
      for (ParameterTensor tensor : layout.tensors()) {
        long from = offset(path, header, tensor, tensors.byteSize());
        MemorySegment.copy(
            tensors, from, flat, tensor.offset() * Float.BYTES, tensor.elements() * Float.BYTES);
      }
      return flat;
    }
  }

  private static long headerBytes(Path path, MemorySegment file) throws IOException {
    if (file.byteSize() < 8) {
      throw broken(path, "a file has at least 8 bytes", "bytes=" + file.byteSize());
    }
    long bytes = file.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getLong(0);
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
      JsonNode node = new ObjectMapper().readTree(bytes);
      if (node == null || !node.isObject()) {
        throw broken(path, "the header is a JSON object", "found=" + node);
      }
      return node;
    } catch (JacksonException e) {
      throw new IOException(
          broken(path, "the header is JSON", "reason=" + e.getOriginalMessage()).getMessage(), e);
    }
  }

  private static void checkNames(Path path, JsonNode header, ParameterLayout layout)
      throws IOException {
    for (String name : (Iterable<String>) header::fieldNames) {
      if (!name.equals("__metadata__")
          && layout.tensors().stream().noneMatch(tensor -> tensor.name().equals(name))) {
        throw broken(path, "every tensor is one of the model's", "tensor=" + name);
      }
    }
  }

  /** Where the tensor's data starts, once everything about it has been checked. */
  private static long offset(Path path, JsonNode header, ParameterTensor tensor, long dataBytes)
      throws IOException {
    JsonNode entry = header.path(tensor.name());
    String what = "tensor=" + tensor.name();
    if (entry.isMissingNode()) {
      throw broken(path, "every tensor of the model is there", what);
    }
    if (!entry.path("dtype").asText().equals(F32)) {
      throw broken(path, "weights are F32", what + ", dtype=" + entry.path("dtype"));
    }
    JsonNode shape = entry.path("shape");
    int[] wanted = shape(tensor);
    boolean same = shape.size() == wanted.length;
    for (int i = 0; same && i < wanted.length; i++) {
      same = shape.get(i).isInt() && shape.get(i).asInt() == wanted[i];
    }
    if (!same) {
      throw broken(
          path,
          "tensors have the config's shapes",
          what + ", shape=" + shape + ", wanted=" + Arrays.toString(wanted));
    }
    long from = entry.path("data_offsets").path(0).asLong(-1);
    long to = entry.path("data_offsets").path(1).asLong(-1);
    if (from < 0 || to > dataBytes || to - from != tensor.elements() * Float.BYTES) {
      throw broken(
          path,
          "data offsets lie in the file and fit the shape",
          what + ", from=" + from + ", to=" + to + ", dataBytes=" + dataBytes);
    }
    return from;
  }

  private static IOException broken(Path path, String rule, String found) {
    return new IOException(
        "not a readable safetensors file, " + rule + ": path=" + path + ", " + found);
  }

  private static void requireLittleEndian() {
    if (JAVA_FLOAT.order() != ByteOrder.LITTLE_ENDIAN) {
      throw new IllegalStateException(
          "model files are read and written on little-endian machines: order="
              + JAVA_FLOAT.order());
    }
  }
}
