package dev.sampo.model.file;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Writes tensors as safetensors, in one file or in several with an index.
 *
 * @param type of the numbers in the files
 * @param maxFileBytes of tensors in one file; a tensor is never cut
 */
public record TensorWriter(ElementType type, long maxFileBytes) {
  /** The data begins at a multiple of it, so that a mapped file is aligned for vectors. */
  private static final int ALIGNMENT = 64;

  private static final long CHUNK_ELEMENTS = 4L << 20;

  /** One file of f32. */
  public static TensorWriter plain() {
    return new TensorWriter(ElementType.F32, Long.MAX_VALUE);
  }

  /**
   * A tensor to write.
   *
   * @param shape its sizes
   * @param values f32, of that many elements
   */
  public record Named(String name, List<Integer> shape, MemorySegment values) {
    long elements() {
      return values.byteSize() / Float.BYTES;
    }
  }

  /** Writes them all into a folder. */
  public void write(Path folder, List<Named> tensors) throws IOException {
    List<List<Named>> files = divided(tensors);
    if (files.size() == 1) {
      writeFile(folder.resolve(TensorFiles.SINGLE), tensors);
      return;
    }
    ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    ObjectNode index = mapper.createObjectNode();
    long elements = tensors.stream().mapToLong(Named::elements).sum();
    index.putObject("metadata").put("total_size", elements * type.bytes());
    ObjectNode weights = index.putObject("weight_map");
    for (int i = 0; i < files.size(); i++) {
      String name =
          String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", i + 1, files.size());
      writeFile(folder.resolve(name), files.get(i));
      files.get(i).forEach(tensor -> weights.put(tensor.name(), name));
    }
    mapper.writeValue(folder.resolve(TensorFiles.INDEX).toFile(), index);
  }

  private List<List<Named>> divided(List<Named> tensors) {
    List<List<Named>> files = new ArrayList<>();
    long bytes = Long.MAX_VALUE;
    for (Named tensor : tensors) {
      long more = tensor.elements() * type.bytes();
      if (files.isEmpty() || bytes + more > maxFileBytes) {
        files.add(new ArrayList<>());
        bytes = 0;
      }
      files.getLast().add(tensor);
      bytes += more;
    }
    return files;
  }

  private void writeFile(Path path, List<Named> tensors) throws IOException {
    byte[] header = header(tensors);
    ByteBuffer start = ByteBuffer.allocate(8 + header.length).order(ByteOrder.LITTLE_ENDIAN);
    start.putLong(header.length).put(header).flip();
    try (FileChannel channel =
            FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        Arena arena = Arena.ofConfined()) {
      writeFully(channel, start);
      MemorySegment chunk = arena.allocate(CHUNK_ELEMENTS * type.bytes());
      for (Named tensor : tensors) {
        writeTensor(channel, tensor.values(), chunk);
      }
    }
  }

  private void writeTensor(FileChannel channel, MemorySegment values, MemorySegment chunk)
      throws IOException {
    long step = CHUNK_ELEMENTS * Float.BYTES;
    for (long at = 0; at < values.byteSize(); at += step) {
      MemorySegment part = values.asSlice(at, Math.min(step, values.byteSize() - at));
      type.write(part, chunk);
      long bytes = part.byteSize() / Float.BYTES * type.bytes();
      writeFully(channel, chunk.asSlice(0, bytes).asByteBuffer());
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  /** The header, padded with spaces so that the data begins aligned. */
  private byte[] header(List<Named> tensors) {
    ObjectNode header = new ObjectMapper().createObjectNode();
    header.putObject("__metadata__").put("format", "pt");
    long at = 0;
    for (Named tensor : tensors) {
      ObjectNode entry = header.putObject(tensor.name());
      entry.put("dtype", type.name());
      tensor.shape().forEach(size -> entry.withArray("shape").add(size));
      long end = at + tensor.elements() * type.bytes();
      entry.putArray("data_offsets").add(at).add(end);
      at = end;
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    int length = (8 + json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT - 8;
    byte[] padded = Arrays.copyOf(json, length);
    Arrays.fill(padded, json.length, length, (byte) ' ');
    return padded;
  }
}
