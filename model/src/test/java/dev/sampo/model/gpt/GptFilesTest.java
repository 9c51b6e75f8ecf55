package dev.sampo.model.gpt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GptFilesTest {
  private static final GptShape SHAPE = new GptShape(2, 2, 8, 5, 7);

  @TempDir Path temporary = Path.of("set by JUnit");
  private Path folder = Path.of("set below");

  @BeforeEach
  void writeModel() throws IOException {
    folder = temporary.resolve("model");
    try (Arena arena = Arena.ofShared()) {
      GptFiles.write(folder, SHAPE, flat(arena));
    }
  }

  private static MemorySegment flat(Arena arena) {
    MemorySegment flat = arena.allocate(SHAPE.layout().total() * 4, 64);
    SHAPE.initialiser().fill(9, 0, SHAPE.layout().total(), flat);
    return flat;
  }

  @Test
  void readsBackTheSameBits() throws IOException {
    try (Arena arena = Arena.ofShared()) {
      GptFiles.Loaded loaded = GptFiles.read(folder, arena);
      assertEquals(SHAPE, loaded.shape());
      assertEquals(-1, flat(arena).mismatch(loaded.flat()));
    }
  }

  @Test
  void headerSaysWhatOtherReadersExpect() throws IOException {
    byte[] file = Files.readAllBytes(folder.resolve(GptFiles.WEIGHTS));
    int length = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    String header = new String(file, 8, length, StandardCharsets.UTF_8);
    assertEquals(0, length % 8);
    assertEquals(8 + length + SHAPE.layout().total() * 4, file.length);
    assertTrue(
        header.contains(
            "\"wte.weight\":{\"dtype\":\"F32\",\"shape\":[7,8],\"data_offsets\":[0,224]}"),
        header);
    assertTrue(
        header.contains("\"h.1.attn.c_attn.bias\":{\"dtype\":\"F32\",\"shape\":[24]"), header);
  }

  @Test
  void refusesToOverwriteAndLeavesNothingBeside() throws IOException {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment flat = flat(arena);
      assertThrows(FileAlreadyExistsException.class, () -> GptFiles.write(folder, SHAPE, flat));
      Path other = temporary.resolve("other");
      assertThrows(
          IllegalArgumentException.class,
          () -> GptFiles.write(other, new GptShape(1, 1, 8, 5, 7), flat));
    }
    try (var left = Files.list(temporary)) {
      assertEquals(1, left.count());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "model_type, llama, 'only byte-level GPT-2 models can be read'",
    "sampo_tokenizer, bpe, 'only byte-level GPT-2 models can be read'",
    "n_layer, many, 'a model''s config has whole numbers for its sizes'",
    "n_head, 3, 'a model''s config has possible sizes'",
    "n_embd, 16, 'tensors have the config''s shapes'",
    "n_layer, 1, 'every tensor is one of the model''s'",
    "n_layer, 3, 'every tensor of the model is there'"
  })
  void refusesAConfigThatIsNotTheWeights(String key, String value, String rule) throws IOException {
    Path config = folder.resolve(GptFiles.CONFIG);
    String json = value.matches("\\d+") ? value : '"' + value + '"';
    String changed =
        Files.readString(config)
            .replaceFirst("\"" + key + "\" : [^,\n]*", "\"" + key + "\" : " + json);
    Files.writeString(config, changed);
    assertRefused(rule);
  }

  private void assertRefused(String rule) {
    try (Arena arena = Arena.ofShared()) {
      IOException refusal = assertThrows(IOException.class, () -> GptFiles.read(folder, arena));
      assertTrue(refusal.toString().contains(rule), refusal::toString);
      assertTrue(refusal.toString().contains("path="), refusal::toString);
    }
  }

  @Test
  void refusesMissingAndBrokenFiles() throws IOException {
    Path weights = folder.resolve(GptFiles.WEIGHTS);
    byte[] whole = Files.readAllBytes(weights);
    Files.write(weights, Arrays.copyOf(whole, whole.length - 1));
    assertRefused("data offsets lie in the file and fit the shape");
    Files.write(weights, Arrays.copyOf(whole, 5));
    assertRefused("a file has at least 8 bytes");
    byte[] longHeader = whole.clone();
    longHeader[5] = 1;
    Files.write(weights, longHeader);
    assertRefused("the header lies in the file");
    byte[] noJson = whole.clone();
    noJson[8] = '?';
    Files.write(weights, noJson);
    assertRefused("the header is JSON");
    Files.delete(weights);
    assertRefused("a model's weights are missing");
    Files.writeString(folder.resolve(GptFiles.CONFIG), "{");
    assertRefused("a model's config is JSON");
    Files.delete(folder.resolve(GptFiles.CONFIG));
    assertRefused("no model in this folder");
  }
}
