package dev.sampo.model.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TensorFilesTest {
  private static final long SEED = 31;

  @TempDir Path folder = Path.of("set by JUnit");
  private Path weights = Path.of("set below");

  @BeforeEach
  void writeTensors() throws IOException {
    weights = folder.resolve(TensorFiles.SINGLE);
    try (Arena arena = Arena.ofConfined()) {
      write(arena, TensorWriter.plain());
    }
  }

  private void write(Arena arena, TensorWriter writer) throws IOException {
    MemorySegment values = arena.allocate(40);
    writer.write(
        folder,
        List.of(
            new TensorWriter.Named("a", List.of(2, 3), values.asSlice(0, 24)),
            new TensorWriter.Named("b", List.of(4), values.asSlice(24, 16))));
  }

  private void write(String header, int dataBytes) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(8 + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(weights, file.putLong(json.length).put(json).array());
  }

  private void assertRefused(String rule) {
    IOException refusal = assertThrows(IOException.class, () -> TensorFiles.open(folder).close());
    assertTrue(refusal.toString().contains(rule), refusal::toString);
    assertTrue(refusal.toString().contains("path="), refusal::toString);
  }

  private static String header(String a, String b) {
    return "{\"a\": {%s}, \"b\": {%s}}".formatted(a, b);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'dtype':'F32','shape':[2,3],'data_offsets':[0,23] | fit the shape",
        "'dtype':'F32','shape':[2,3],'data_offsets':[0,2400] | fit the shape",
        "'dtype':'F32','shape':[2,3],'data_offsets':[24,0] | fit the shape",
        "'dtype':'F32','shape':[2,3],'data_offsets':[-24,0] | fit the shape",
        "'dtype':'F32','shape':[2,3],'data_offsets':[0,18446744073709551640] | fit the shape",
        "'dtype':'F32','shape':[2,3],'data_offsets':[0,24.5] | fit the shape",
        "'dtype':'F32','shape':[2,3],'data_offsets':[0] | fit the shape",
        "'dtype':'F32','shape':[2,3] | fit the shape",
        "'dtype':'F32','shape':[2,3],'data_offsets':[16,40] | without a hole or an overlap",
        "'dtype':'F32','shape':[2,2],'data_offsets':[0,16] | without a hole or an overlap",
        "'dtype':'F64','shape':[3],'data_offsets':[0,24] | weights are F32, BF16 or F16",
        "'dtype':'F32','shape':[-2,-3],'data_offsets':[0,24] | a list of sizes",
        "'dtype':'F32','shape':'2,3','data_offsets':[0,24] | a short list",
        "'dtype':'F32','shape':[1,1,1,1,1,1,1,1,6],'data_offsets':[0,24] | a short list",
        "'dtype':'F32','shape':[2147483647,2147483647,2147483647,8],'data_offsets':[0,24] | fits in memory"
      })
  void refusesHeadersThatLie(String entry, String rule) throws IOException {
    String b = "'dtype':'F32','shape':[4],'data_offsets':[24,40]";
    write(header(entry, b).replace('\'', '"'), 40);
    assertRefused(rule);
  }

  @Test
  void refusesDataThatNoTensorOwnsAndNamesThatComeTwice() throws IOException {
    String one = "\"dtype\":\"F32\",\"shape\":[6],\"data_offsets\":[0,24]";
    write("{\"a\": {%s}}".formatted(one), 40);
    assertRefused("tensors fill the data to its end");
    write("{\"a\": {%s}, \"a\": {%s}}".formatted(one, one), 24);
    assertRefused("the header is JSON");
    write("[]", 0);
    assertRefused("the header is a JSON object");
  }

  @Test
  void refusesTruncatedFilesAtEveryLength() throws IOException {
    byte[] whole = Files.readAllBytes(weights);
    for (int length = 0; length < whole.length; length++) {
      Files.write(weights, Arrays.copyOf(whole, length));
      assertRefused("not a readable safetensors file");
    }
    Files.delete(weights);
    assertRefused("a model's weights are missing");
  }

  /** Whatever a file holds: it is opened, with tensors inside it, or refused; nothing else. */
  @Test
  void survivesAnyDamage() throws IOException {
    byte[] whole = Files.readAllBytes(weights);
    Random random = new Random(SEED);
    int refused = 0;
    for (int round = 0; round < 4_000; round++) {
      byte[] damaged = whole.clone();
      int hits = 1 + random.nextInt(4);
      for (int hit = 0; hit < hits; hit++) {
        damaged[random.nextInt(whole.length - 40)] = (byte) random.nextInt(256);
      }
      Files.write(weights, damaged);
      try (TensorFiles files = TensorFiles.open(folder);
          Arena arena = Arena.ofConfined()) {
        for (String name : files.names()) {
          long elements = 1;
          for (int size : files.shape(name)) {
            elements *= size;
          }
          files.read(name, arena.allocate(elements * 4));
        }
      } catch (IOException e) {
        refused++;
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + SEED + ", round " + round, e);
      }
    }
    assertTrue(refused > 2_000, "refused " + refused);
  }

  @Test
  void followsAnIndexButNotOutOfItsFolder() throws IOException {
    Files.delete(weights);
    try (Arena arena = Arena.ofConfined()) {
      write(arena, new TensorWriter(ElementType.F32, 24));
    }
    try (TensorFiles files = TensorFiles.open(folder)) {
      assertEquals(List.of(4), files.shape("b"));
      assertEquals("model-00002-of-00002.safetensors", "" + files.fileOf("b").getFileName());
    }
    Path index = folder.resolve(TensorFiles.INDEX);
    String json = Files.readString(index);
    Files.writeString(index, json.replace("model-00002", "../model-00002"));
    assertRefused("an index names files of its folder");
    Files.writeString(index, json.replace("\"b\"", "\"c\""));
    assertRefused("in the file that the index names");
    Files.writeString(index, json.replace("model-00002-of-00002", "missing"));
    assertRefused("a model's weights are missing");
    Files.writeString(index, "{\"weight_map\": {}}");
    assertRefused("an index of weights names some");
    Files.writeString(index, "{");
    assertRefused("an index of weights is JSON");
  }
}
