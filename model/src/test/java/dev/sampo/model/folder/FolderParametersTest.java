package dev.sampo.model.folder;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sampo.model.ModelShape;
import dev.sampo.model.file.Digests;
import dev.sampo.model.file.ElementType;
import dev.sampo.model.file.TensorWriter;
import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.llama.LlamaShape;
import dev.sampo.model.llama.LlamaShape.Head;
import dev.sampo.model.llama.Rotary;
import dev.sampo.model.token.TokenizerFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class FolderParametersTest {
  @TempDir Path folder = Path.of("set by JUnit");

  static List<ModelShape> shapes() {
    return List.of(
        new GptShape(2, 2, 16, 24, 60),
        new LlamaShape(2, 4, 2, 16, 24, 24, 60, Head.SEPARATE, new Rotary(10_000, null), 1e-5f));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void anyPartIsThatOfTheWholeHoweverItLiesInTheFiles(ModelShape shape) throws IOException {
    long total = shape.layout().total();
    for (ElementType type : ElementType.values()) {
      Path model = folder.resolve(type.name());
      try (Arena arena = Arena.ofShared()) {
        MemorySegment drawn = arena.allocate(total * Float.BYTES, 64);
        shape.initialiser().fill(5, 0, total, drawn);
        TensorWriter writer = new TensorWriter(type, 4_000);
        ModelFolder.write(model, shape, drawn, TokenizerFile.bytes(), writer);
        float[] whole = ModelFolder.read(model, arena).flat().toArray(JAVA_FLOAT);
        try (FolderParameters parameters = FolderParameters.open(model)) {
          assertEquals(shape, parameters.shape());
          assertEquals(sha256(whole), parameters.sha256());
          for (long step : new long[] {1, 7, 97, total}) {
            assertParts(whole, parameters, step, arena);
          }
          assertThrows(
              IllegalArgumentException.class,
              () -> parameters.fill(0, total + 1, MemorySegment.NULL));
          assertThrows(
              IllegalArgumentException.class, () -> parameters.fill(0, 1, MemorySegment.NULL));
        }
      }
    }
  }

  private static void assertParts(
      float[] whole, FolderParameters parameters, long step, Arena arena) {
    MemorySegment part = arena.allocate(step * Float.BYTES);
    // Small parts only at the beginning, or it would take long.
    long end = Math.min(whole.length, step * 300);
    for (long from = 0; from < end; from += step) {
      long to = Math.min(end, from + step);
      parameters.fill(from, to, part);
      assertArrayEquals(
          Arrays.copyOfRange(whole, (int) from, (int) to),
          part.asSlice(0, (to - from) * Float.BYTES).toArray(JAVA_FLOAT),
          "from=" + from + ", to=" + to);
    }
  }

  private static String sha256(float[] values) {
    MessageDigest digest = Digests.sha256();
    digest.update(MemorySegment.ofArray(values).toArray(ValueLayout.JAVA_BYTE));
    return Digests.hex(digest);
  }
}
