package dev.sampo.model.folder;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.model.LanguageModel;
import dev.sampo.model.ModelShape;
import dev.sampo.model.Shapes;
import dev.sampo.model.TokenBatch;
import dev.sampo.model.file.ElementType;
import dev.sampo.model.file.TensorWriter;
import dev.sampo.model.token.TokenizerFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Models go to transformers and come back, with the same logits. Needs a Python with both
 * libraries: the one that SAMPO_PYTHON names, or python3.
 */
class TransformersTest {
  private static final Path SCRIPT = Path.of("src/test/python/interop.py");
  private static final int[] TOKENS = {1, 7, 3, 3, 10, 0, 2, 9, 5, 4};
  private static final long LIMIT_SECONDS = 120;

  @TempDir Path temporary = Path.of("set by JUnit");

  static List<ModelShape> shapes() {
    return Shapes.all();
  }

  private static String python() {
    return Optional.ofNullable(System.getenv("SAMPO_PYTHON")).orElse("python3");
  }

  @BeforeAll
  static void needsPython() throws IOException, InterruptedException {
    boolean there;
    try {
      there = run("check") == 0;
    } catch (IOException noPython) {
      there = false;
    }
    if (!there) {
      System.out.println(
          "skipped: the exchange with transformers; reason: no torch and transformers in "
              + python()
              + "; hint: SAMPO_PYTHON=path/to/python");
    }
    assumeTrue(there, "no torch and transformers in " + python());
  }

  private static int run(String... args) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(python(), SCRIPT.toString()));
    command.addAll(List.of(args));
    Path log = Files.createTempFile("sampo-interop-", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      int code = process.waitFor();
      if (code != 0 && !args[0].equals("check")) {
        throw new IOException("python failed: " + Files.readString(log));
      }
      return code;
    } finally {
      Files.delete(log);
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void transformersComputesTheSameWithWhatWeWrite(ModelShape shape)
      throws IOException, InterruptedException {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment flat = arena.allocate(shape.layout().total() * Float.BYTES, 64);
      Shapes.fill(shape, flat, 4);
      Path folder = temporary.resolve("ours");
      ModelFolder.write(
          folder, shape, flat, TokenizerFile.bytes(), new TensorWriter(ElementType.F32, 2_000));
      assertSameLogits(folder);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "llama3"})
  void weComputeTheSameWithWhatTransformersWrites(String family)
      throws IOException, InterruptedException {
    Path folder = temporary.resolve("theirs");
    run("make", family, folder.toString());
    assertSameLogits(folder);
  }

  private void assertSameLogits(Path folder) throws IOException, InterruptedException {
    Path out = temporary.resolve("logits.txt");
    run("logits", folder.toString(), out.toString());
    List<String> expected = Files.readAllLines(out);
    try (Arena arena = Arena.ofShared();
        CpuDevice device = CpuDevice.open(1)) {
      ModelFolder.Loaded loaded = ModelFolder.read(folder, arena);
      LanguageModel model = loaded.shape().create(device, 1);
      TokenBatch batch = model.newBatch();
      for (int i = 0; i < TOKENS.length; i++) {
        batch.set(0, i, TOKENS[i]);
      }
      MemorySegment logits = model.logits(loaded.flat(), batch);
      assertEquals(TOKENS.length * loaded.shape().vocabulary(), expected.size());
      for (int i = 0; i < expected.size(); i++) {
        assertEquals(
            Float.parseFloat(expected.get(i)), logits.getAtIndex(JAVA_FLOAT, i), 1e-3f, "" + i);
      }
    }
  }
}
