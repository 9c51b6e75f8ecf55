package dev.sampo.model.folder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.model.ModelShape;
import dev.sampo.model.ParameterLayout;
import dev.sampo.model.ParameterTensor;
import dev.sampo.model.file.TensorFiles;
import dev.sampo.model.file.TensorWriter;
import dev.sampo.model.file.WholeFolder;
import dev.sampo.model.token.ByteTokenizer;
import dev.sampo.model.token.JsonTokenizer;
import dev.sampo.model.token.TokenizerFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A model as a folder that other tools read: weights as safetensors under the family's published
 * names, {@code config.json} in the family's dialect, and {@code tokenizer.json}, or a line in the
 * config that says that tokens are bytes.
 */
public final class ModelFolder {
  private static final String MODEL_TYPE = "model_type";
  private static final String TOKENIZER = "sampo_tokenizer";
  private static final String END = "eos_token_id";
  private static final List<Dialect> DIALECTS = List.of(new GptDialect(), new LlamaDialect());

  private ModelFolder() {}

  /**
   * A model read back.
   *
   * @param shape its sizes
   * @param flat its parameters, in the arena that was given
   */
  public record Loaded(ModelShape shape, MemorySegment flat) {}

  /**
   * Writes a model's folder, whole or not at all.
   *
   * @param folder made by this call; must not exist
   * @param flat the whole flat vector
   * @param tokenizer what made the tokens that the model knows
   * @param writer how the weights are written
   * @throws IOException if it exists or cannot be written
   */
  public static void write(
      Path folder,
      ModelShape shape,
      MemorySegment flat,
      TokenizerFile tokenizer,
      TensorWriter writer)
      throws IOException {
    WholeFolder.write(
        folder,
        target -> {
          writer.write(target, tensors(shape.layout(), flat));
          new ObjectMapper()
              .enable(SerializationFeature.INDENT_OUTPUT)
              .writeValue(
                  target.resolve(ConfigJson.FILE).toFile(), config(shape, tokenizer, writer));
          if (tokenizer.file() != null) {
            Files.copy(tokenizer.file(), target.resolve(JsonTokenizer.FILE));
          }
        });
  }

  private static List<TensorWriter.Named> tensors(ParameterLayout layout, MemorySegment flat) {
    if (flat.byteSize() != layout.total() * Float.BYTES) {
      throw new IllegalArgumentException(
          "a flat vector has the layout's size: bytes=%d, wantedBytes=%d"
              .formatted(flat.byteSize(), layout.total() * Float.BYTES));
    }
    return layout.tensors().stream()
        .map(tensor -> new TensorWriter.Named(tensor.name(), sizes(tensor), slice(tensor, flat)))
        .toList();
  }

  private static List<Integer> sizes(ParameterTensor tensor) {
    return tensor.isVector() ? List.of(tensor.columns()) : List.of(tensor.rows(), tensor.columns());
  }

  private static MemorySegment slice(ParameterTensor tensor, MemorySegment flat) {
    return flat.asSlice(tensor.offset() * Float.BYTES, tensor.elements() * Float.BYTES);
  }

  private static ObjectNode config(ModelShape shape, TokenizerFile tokenizer, TensorWriter writer) {
    Dialect dialect =
        DIALECTS.stream()
            .filter(known -> known.speaksOf(shape))
            .findFirst()
            .orElseThrow(
                () -> new IllegalArgumentException("no dialect for this model: shape=" + shape));
    ObjectNode config = new ObjectMapper().createObjectNode();
    config.put(MODEL_TYPE, dialect.modelType());
    dialect.describe(shape, config);
    config.put("vocab_size", shape.vocabulary());
    config.put("torch_dtype", writer.type().torchName());
    config.put("bos_token_id", tokenizer.separator());
    config.put(END, tokenizer.separator());
    if (tokenizer.file() == null) {
      config.put(TOKENIZER, ByteTokenizer.KIND);
    }
    return config;
  }

  /**
   * The sizes of a folder's model.
   *
   * @throws IOException with rule, path and what was found, if there is no config, or one of a
   *     model that Sampo does not compute
   */
  public static ModelShape shape(Path folder) throws IOException {
    ConfigJson config = ConfigJson.read(folder);
    return shape(config, dialect(config));
  }

  static Dialect dialect(ConfigJson config) throws IOException {
    Set<String> known = DIALECTS.stream().map(Dialect::modelType).collect(Collectors.toSet());
    String type = config.text(MODEL_TYPE, "missing");
    config.expect(MODEL_TYPE, type, known);
    return DIALECTS.stream()
        .filter(dialect -> dialect.modelType().equals(type))
        .findFirst()
        .orElseThrow();
  }

  static ModelShape shape(ConfigJson config, Dialect dialect) throws IOException {
    try {
      return dialect.shape(config);
    } catch (IllegalArgumentException e) {
      throw new IOException(
          "a model's config has possible sizes: path="
              + config.path()
              + ", reason="
              + e.getMessage(),
          e);
    }
  }

  /**
   * Reads a folder's model; weights that lie as Sampo wants them are mapped, others copied.
   *
   * @param arena owns the parameters; shared between threads
   * @throws IOException with rule, path and what was found, if a file is missing, damaged or of
   *     another kind of model
   */
  public static Loaded read(Path folder, Arena arena) throws IOException {
    ConfigJson config = ConfigJson.read(folder);
    Dialect dialect = dialect(config);
    ModelShape shape = shape(config, dialect);
    try (TensorFiles files = TensorFiles.open(folder)) {
      List<String> names = check(files, dialect, shape);
      Optional<MemorySegment> mapped = files.mapInOrder(names, arena);
      if (mapped.isPresent()) {
        return new Loaded(shape, mapped.get());
      }
      List<ParameterTensor> tensors = shape.layout().tensors();
      MemorySegment flat = arena.allocate(shape.layout().total() * Float.BYTES, 64);
      for (int i = 0; i < names.size(); i++) {
        files.read(names.get(i), slice(tensors.get(i), flat));
      }
      return new Loaded(shape, flat);
    }
  }

  /** The file's names of the layout's tensors, once everything about them has been checked. */
  static List<String> check(TensorFiles files, Dialect dialect, ModelShape shape)
      throws IOException {
    Set<String> left = new HashSet<>(files.names());
    List<String> names = new ArrayList<>();
    for (ParameterTensor tensor : shape.layout().tensors()) {
      String name =
          dialect.namesInFiles(tensor.name()).stream()
              .filter(files::has)
              .findFirst()
              .orElseThrow(
                  () ->
                      new IOException(
                          "every tensor of the model is in its files: tensor=" + tensor.name()));
      if (!files.shape(name).equals(sizes(tensor))) {
        throw new IOException(
            "tensors have the config's shapes: path=%s, tensor=%s, shape=%s, wanted=%s"
                .formatted(files.fileOf(name), name, files.shape(name), sizes(tensor)));
      }
      left.remove(name);
      names.add(name);
    }
    left.removeIf(name -> dialect.isNoParameter(name, shape));
    if (!left.isEmpty()) {
      throw new IOException(
          "every tensor of the files is one of the model's: tensors="
              + left.stream().sorted().toList());
    }
    return names;
  }

  /**
   * The tokenizer of a folder's model.
   *
   * @throws IOException if it has none
   */
  public static TokenizerFile tokenizer(Path folder) throws IOException {
    ConfigJson config = ConfigJson.read(folder);
    if (config.text(TOKENIZER, "").equals(ByteTokenizer.KIND)) {
      return TokenizerFile.bytes();
    }
    Path file = folder.resolve(JsonTokenizer.FILE);
    if (!Files.isRegularFile(file)) {
      throw new IOException(
          "a model's folder has its tokenizer: path=" + file + "; hint: put it there");
    }
    JsonNode end = config.json().path(END);
    JsonNode first = end.isArray() ? end.path(0) : end;
    if (first.isInt()) {
      return new TokenizerFile(file, first.asInt());
    }
    try (JsonTokenizer tokenizer = JsonTokenizer.open(file)) {
      return new TokenizerFile(file, tokenizer.separator());
    }
  }
}
