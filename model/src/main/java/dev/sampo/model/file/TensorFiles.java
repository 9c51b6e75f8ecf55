package dev.sampo.model.file;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The tensors of a folder: of its {@value #SINGLE}, or of all files that its {@value #INDEX} names.
 * Mapped read-only until closed.
 */
public final class TensorFiles implements AutoCloseable {
  /** The one file of a folder that is not sharded. */
  public static final String SINGLE = "model.safetensors";

  /** What says which tensor is in which file. */
  public static final String INDEX = "model.safetensors.index.json";

  private static final String ENDING = ".safetensors";

  private final Arena arena = Arena.ofShared();
  private final List<OpenFile> files = new ArrayList<>();
  private final Map<String, OpenFile> byName = new LinkedHashMap<>();

  private record OpenFile(Path path, MemorySegment bytes, SafetensorsHeader header) {}

  private TensorFiles() {}

  /**
   * Opens the weights of a folder and checks all headers.
   *
   * @throws IOException if there are none, or a file is not what it should be
   */
  public static TensorFiles open(Path folder) throws IOException {
    TensorFiles opened = new TensorFiles();
    try {
      opened.openAll(folder);
      return opened;
    } catch (IOException | RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private void openAll(Path folder) throws IOException {
    Map<String, String> index = index(folder);
    Set<String> names = index.isEmpty() ? Set.of(SINGLE) : Set.copyOf(index.values());
    for (String name : names.stream().sorted().toList()) {
      OpenFile file = openFile(folder.resolve(name), arena);
      files.add(file);
      for (String tensor : file.header().entries().keySet()) {
        OpenFile other = byName.put(tensor, file);
        if (other != null) {
          throw SafetensorsHeader.broken(
              file.path(),
              "a tensor is in one file",
              "tensor=" + tensor + ", also=" + other.path());
        }
      }
    }
    checkAgainst(folder, index);
  }

  private static OpenFile openFile(Path path, Arena arena) throws IOException {
    if (!Files.isRegularFile(path)) {
      throw new IOException("a model's weights are missing: path=" + path);
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      return new OpenFile(path, bytes, SafetensorsHeader.read(path, bytes));
    }
  }

  /** Tensor to file; empty if the folder has no index. */
  private static Map<String, String> index(Path folder) throws IOException {
    Path path = folder.resolve(INDEX);
    if (!Files.isRegularFile(path) || Files.isRegularFile(folder.resolve(SINGLE))) {
      return Map.of();
    }
    JsonNode weights;
    try {
      weights = new ObjectMapper().readTree(path.toFile()).path("weight_map");
    } catch (JacksonException e) {
      throw new IOException(
          "an index of weights is JSON: path=" + path + ", reason=" + e.getOriginalMessage(), e);
    }
    Map<String, String> index = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : weights.properties()) {
      String file = entry.getValue().asText();
      // A plain name: an index must not lead out of its folder.
      if (!file.endsWith(ENDING) || !Path.of(file).equals(Path.of(file).getFileName())) {
        throw new IOException(
            "an index names files of its folder: path=%s, tensor=%s, file=%s"
                .formatted(path, entry.getKey(), entry.getValue()));
      }
      index.put(entry.getKey(), file);
    }
    if (index.isEmpty()) {
      throw new IOException("an index of weights names some: path=" + path);
    }
    return index;
  }

  private void checkAgainst(Path folder, Map<String, String> index) throws IOException {
    for (Map.Entry<String, String> entry : index.entrySet()) {
      OpenFile file = byName.get(entry.getKey());
      if (file == null || !file.path().endsWith(entry.getValue())) {
        throw new IOException(
            "a tensor is in the file that the index names: path=%s, tensor=%s, file=%s"
                .formatted(folder.resolve(INDEX), entry.getKey(), entry.getValue()));
      }
    }
  }

  /** All tensors. */
  public Set<String> names() {
    return Set.copyOf(byName.keySet());
  }

  /** Whether there is a tensor of that name. */
  public boolean has(String name) {
    return byName.containsKey(name);
  }

  /**
   * Its sizes.
   *
   * @throws IllegalArgumentException if there is no such tensor
   */
  public List<Integer> shape(String name) {
    return entry(name).shape();
  }

  /** How its numbers lie. */
  public ElementType type(String name) {
    return entry(name).type();
  }

  /** The file it is in, for messages. */
  public Path fileOf(String name) {
    return file(name).path();
  }

  /**
   * Reads a tensor as f32.
   *
   * @param to of its size
   */
  public void read(String name, MemorySegment to) {
    TensorEntry entry = entry(name);
    OpenFile file = file(name);
    long bytes = entry.to() - entry.from();
    if (to.byteSize() / Float.BYTES != bytes / entry.type().bytes()) {
      throw new IllegalArgumentException(
          "a tensor fills its room: tensor=%s, bytes=%d".formatted(name, to.byteSize()));
    }
    entry.type().read(file.bytes().asSlice(file.header().dataStart() + entry.from(), bytes), to);
  }

  /**
   * Reads a part of a tensor as f32.
   *
   * @param first element to read
   * @param to as long as the part
   */
  public void read(String name, long first, MemorySegment to) {
    TensorEntry entry = entry(name);
    OpenFile file = file(name);
    int each = entry.type().bytes();
    long count = to.byteSize() / Float.BYTES;
    if (first < 0 || first + count > (entry.to() - entry.from()) / each) {
      throw new IllegalArgumentException(
          "a part lies in its tensor: tensor=%s, first=%d, count=%d".formatted(name, first, count));
    }
    long at = file.header().dataStart() + entry.from() + first * each;
    entry.type().read(file.bytes().asSlice(at, count * each), to);
  }

  /**
   * The tensors in that order as one vector of the file's own memory, if they lie so: f32, in one
   * file, nothing else in it. Written-to pages become the caller's and never reach the file.
   *
   * @param owner of the mapping
   */
  @SuppressWarnings("restricted")
  public Optional<MemorySegment> mapInOrder(List<String> names, Arena owner) throws IOException {
    OpenFile file = files.getFirst();
    if (files.size() != 1 || !Files.isWritable(file.path())) {
      return Optional.empty();
    }
    List<TensorEntry> entries = List.copyOf(file.header().entries().values());
    boolean same =
        entries.stream().map(TensorEntry::name).toList().equals(names)
            && entries.stream().allMatch(entry -> entry.type() == ElementType.F32)
            && file.header().dataStart() % Float.BYTES == 0;
    if (!same) {
      return Optional.empty();
    }
    // The platform wants a private mapping's channel open for writing, though nothing is written.
    try (FileChannel channel =
        FileChannel.open(file.path(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MemorySegment mapped =
          channel.map(FileChannel.MapMode.PRIVATE, 0, file.bytes().byteSize(), owner);
      MemorySegment data = mapped.asSlice(file.header().dataStart());
      // Plain native memory: a file mapping among their operands would slow all kernels down.
      return Optional.of(
          MemorySegment.ofAddress(data.address()).reinterpret(data.byteSize(), owner, null));
    }
  }

  private OpenFile file(String name) {
    OpenFile file = byName.get(name);
    if (file == null) {
      throw new IllegalArgumentException("no such tensor: name=" + name);
    }
    return file;
  }

  private TensorEntry entry(String name) {
    TensorEntry entry = file(name).header().entries().get(name);
    if (entry == null) {
      throw new IllegalArgumentException("no such tensor: name=" + name);
    }
    return entry;
  }

  @Override
  public void close() {
    arena.close();
  }
}
