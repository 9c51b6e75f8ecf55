package dev.sampo.model.folder;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sampo.model.ModelShape;
import dev.sampo.model.Shapes;
import dev.sampo.model.file.ElementType;
import dev.sampo.model.file.TensorFiles;
import dev.sampo.model.file.TensorWriter;
import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.token.JsonTokenizer;
import dev.sampo.model.token.TokenizerFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ModelFolderTest {
  private static final long SEED = 9;
  private static final Path TOKENIZER =
      Path.of("src/test/resources/dev/sampo/model/token", JsonTokenizer.FILE);

  @TempDir Path temporary = Path.of("set by JUnit");

  static List<ModelShape> shapes() {
    return Shapes.all();
  }

  private static MemorySegment flat(ModelShape shape, Arena arena) {
    MemorySegment flat = arena.allocate(shape.layout().total() * 4, 64);
    Shapes.fill(shape, flat, SEED);
    return flat;
  }

  private Path write(ModelShape shape, TensorWriter writer) throws IOException {
    Path folder = temporary.resolve("model-" + writer.type() + "-" + writer.maxFileBytes());
    try (Arena arena = Arena.ofShared()) {
      ModelFolder.write(folder, shape, flat(shape, arena), TokenizerFile.bytes(), writer);
    }
    return folder;
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void readsBackTheSameBitsMappedOrCopied(ModelShape shape) throws IOException {
    for (long maxFileBytes : new long[] {Long.MAX_VALUE, 2_000}) {
      Path folder = write(shape, new TensorWriter(ElementType.F32, maxFileBytes));
      try (Arena arena = Arena.ofShared()) {
        ModelFolder.Loaded loaded = ModelFolder.read(folder, arena);
        assertEquals(shape, loaded.shape());
        assertEquals(-1, flat(shape, arena).mismatch(loaded.flat()));
        assertTrue(loaded.flat().isNative());
        // What is written to a mapped model stays the writer's.
        loaded.flat().setAtIndex(JAVA_FLOAT, 0, 42f);
        assertEquals(-1, flat(shape, arena).mismatch(ModelFolder.read(folder, arena).flat()));
      }
      assertEquals(maxFileBytes < 10_000, Files.exists(folder.resolve(TensorFiles.INDEX)));
      assertEquals(TokenizerFile.bytes(), ModelFolder.tokenizer(folder));
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void readsHalfPrecisionAsItWasRounded(ModelShape shape) throws IOException {
    for (ElementType type : List.of(ElementType.BF16, ElementType.F16)) {
      Path folder = write(shape, new TensorWriter(type, 3_000));
      try (Arena arena = Arena.ofShared()) {
        MemorySegment expected = flat(shape, arena);
        MemorySegment actual = ModelFolder.read(folder, arena).flat();
        double bound = type == ElementType.BF16 ? 1.0 / 256 : 1.0 / 2048;
        for (long i = 0; i < shape.layout().total(); i++) {
          float value = expected.getAtIndex(JAVA_FLOAT, i);
          float rounded = actual.getAtIndex(JAVA_FLOAT, i);
          assertEquals(value, rounded, Math.max(1e-6, Math.abs(value) * bound), "element " + i);
        }
        Path again = temporary.resolve("again-" + type);
        ModelFolder.write(
            again, shape, actual, TokenizerFile.bytes(), new TensorWriter(type, 3_000));
        try (Stream<Path> files = Files.list(folder)) {
          for (Path file : files.toList()) {
            assertEquals(-1, Files.mismatch(file, again.resolve(file.getFileName())), "" + file);
          }
        }
      }
    }
  }

  @Test
  void keepsTheTokenizer() throws IOException {
    ModelShape shape = Shapes.all().getFirst();
    Path folder = temporary.resolve("model");
    try (Arena arena = Arena.ofShared()) {
      ModelFolder.write(
          folder, shape, flat(shape, arena), new TokenizerFile(TOKENIZER, 3), TensorWriter.plain());
    }
    assertEquals(
        new TokenizerFile(folder.resolve(JsonTokenizer.FILE), 3), ModelFolder.tokenizer(folder));
    Files.delete(folder.resolve(JsonTokenizer.FILE));
    IOException refusal = assertThrows(IOException.class, () -> ModelFolder.tokenizer(folder));
    assertTrue(refusal.toString().contains("a model's folder has its tokenizer"));
  }

  @Test
  void refusesToOverwriteAndLeavesNothingBeside() throws IOException {
    ModelShape shape = new GptShape(2, 2, 8, 12, 11);
    Path folder = write(shape, TensorWriter.plain());
    assertThrows(FileAlreadyExistsException.class, () -> write(shape, TensorWriter.plain()));
    try (Arena arena = Arena.ofShared()) {
      MemorySegment flat = flat(shape, arena);
      assertThrows(
          IllegalArgumentException.class,
          () ->
              ModelFolder.write(
                  temporary.resolve("other"),
                  new GptShape(1, 1, 8, 5, 7),
                  flat,
                  TokenizerFile.bytes(),
                  TensorWriter.plain()));
    }
    try (Stream<Path> left = Files.list(temporary)) {
      assertEquals(List.of(folder), left.toList());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, model_type, mamba, a model of a kind that Sampo does not compute",
    "0, activation_function, relu, a model of a kind that Sampo does not compute",
    "0, layer_norm_epsilon, 7, a model of a kind that Sampo does not compute",
    "0, n_layer, many, whole numbers for its sizes",
    "0, n_head, 3, possible sizes",
    "0, n_embd, 16, have the config's shapes",
    "0, n_layer, 1, is one of the model's",
    "0, n_layer, 3, is in its files",
    "1, hidden_act, relu, a model of a kind that Sampo does not compute",
    "1, num_key_value_heads, 3, possible sizes",
    "1, intermediate_size, 32, have the config's shapes",
    "1, rope_theta, fast, numbers for its constants",
    "1, rope_type, yarn, a model of a kind that Sampo does not compute",
    "1, tie_word_embeddings, 0, is in its files"
  })
  void refusesAConfigThatIsNotTheWeights(int which, String key, String value, String rule)
      throws IOException {
    Path folder = write(Shapes.all().get(which), TensorWriter.plain());
    Path config = folder.resolve(ConfigJson.FILE);
    String json = value.matches("\\d+") ? value : '"' + value + '"';
    json = key.equals("tie_word_embeddings") ? "false" : json;
    String before = Files.readString(config);
    String changed = before.replaceFirst("\"" + key + "\" : [^,\n]*", "\"" + key + "\" : " + json);
    Files.writeString(config, changed);
    try (Arena arena = Arena.ofShared()) {
      IOException refusal = assertThrows(IOException.class, () -> ModelFolder.read(folder, arena));
      assertTrue(refusal.toString().contains(rule), refusal::toString);
    }
  }
}
