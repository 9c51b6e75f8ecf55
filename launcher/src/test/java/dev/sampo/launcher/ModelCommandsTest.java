package dev.sampo.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.model.ModelShape;
import dev.sampo.model.file.TensorWriter;
import dev.sampo.model.folder.ModelFolder;
import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.llama.LlamaShape;
import dev.sampo.model.llama.LlamaShape.Head;
import dev.sampo.model.llama.Rotary;
import dev.sampo.model.token.TokenizerFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine.Help.Ansi;

/** The commands that need no cluster, on small models of both families. */
final class ModelCommandsTest {
  @TempDir Path folder = Path.of("set by JUnit");

  private StringWriter out = new StringWriter();
  private StringWriter err = new StringWriter();

  static List<ModelShape> shapes() {
    return List.of(
        new GptShape(2, 2, 16, 24, 256),
        new LlamaShape(2, 4, 2, 16, 24, 24, 256, Head.SEPARATE, new Rotary(10_000, null), 1e-5f));
  }

  private String run(int exitCode, String... args) {
    out = new StringWriter();
    err = new StringWriter();
    int code =
        Sampo.commandLine(
                List.of(
                    new GenerateCommand(),
                    new EvalCommand(),
                    new InspectCommand(),
                    new ExportCommand(),
                    new PrepareCommand()),
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Ansi.OFF)
            .execute(args);
    assertEquals(exitCode, code, err::toString);
    return out.toString();
  }

  private String write(ModelShape shape) throws IOException {
    Path model = folder.resolve("model");
    try (Arena arena = Arena.ofShared()) {
      MemorySegment flat = arena.allocate(shape.layout().total() * Float.BYTES, 64);
      shape.initialiser().fill(5, 0, shape.layout().total(), flat);
      ModelFolder.write(model, shape, flat, TokenizerFile.bytes(), TensorWriter.plain());
    }
    return model.toString();
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void writesTheSameTextFromTheSameSeed(ModelShape shape) throws IOException {
    String model = write(shape);
    String[] args = {
      "generate", "--from", model, "--prompt", "int ", "--tokens", "60", "--top-p", "0.9"
    };
    String first = run(0, args);
    assertTrue(first.startsWith("int "), first);
    assertEquals(first, run(0, args));
    assertNotEquals(
        first,
        run(0, "generate", "--from", model, "--prompt", "int ", "--tokens", "60", "--seed", "2"));
    assertEquals(rounded(model, "1"), rounded(model, "3"));
    run(2, "generate", "--from", model, "--prompt", "a", "--top-p", "0");
    assertTrue(err.toString().contains("top-p above 0"), err::toString);
    run(1, "generate", "--from", folder.toString(), "--prompt", "a");
    assertTrue(err.toString().startsWith("the model could not be read: "), err::toString);
  }

  private String rounded(String model, String threads) {
    return run(
        0,
        "generate",
        "--from",
        model,
        "--prompt",
        "int ",
        "--precision",
        "bf16",
        "--threads",
        threads);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void tellsAModelsLossOnACorpus(ModelShape shape) throws IOException {
    String model = write(shape);
    Path text = Files.writeString(folder.resolve("a.txt"), "a line of text\n".repeat(20_000));
    String corpus = folder.resolve("corpus").toString();
    run(0, "prepare", text.toString(), "--out", corpus);
    JsonNode told =
        new ObjectMapper().readTree(run(0, "eval", "--from", model, "--corpus", corpus, "--json"));
    double loss = told.path("loss").asDouble();
    assertEquals(Math.log(256), loss, 0.2);
    assertEquals(Math.exp(loss), told.path("perplexity").asDouble(), 1e-6);
    assertEquals(loss / Math.log(2), told.path("bitsPerByte").asDouble(), 1e-9);
    assertTrue(run(0, "inspect", corpus).contains("\"training\""));
    run(1, "eval", "--from", model, "--corpus", model);
    assertTrue(err.toString().startsWith("no corpus in this folder: "), err::toString);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void exportsWhatItReadsBack(ModelShape shape) throws IOException {
    String model = write(shape);
    String same = folder.resolve("same").toString();
    run(0, "export", "--from", model, "--to", same);
    String half = folder.resolve("half").toString();
    run(0, "export", "--from", model, "--to", half, "--dtype", "bf16");
    JsonNode original = new ObjectMapper().readTree(run(0, "inspect", model, "--json"));
    JsonNode exported = new ObjectMapper().readTree(run(0, "inspect", same, "--json"));
    JsonNode rounded = new ObjectMapper().readTree(run(0, "inspect", half, "--json"));
    assertEquals(original, exported);
    assertEquals(shape.layout().total(), original.path("parameters").asLong());
    assertNotEquals(original.path("sha256"), rounded.path("sha256"));
    assertEquals(original.path("tensors").size(), rounded.path("tensors").size());
    run(1, "export", "--from", model, "--to", half);
    assertTrue(err.toString().contains("the folder exists already"), err::toString);
    assertTrue(run(0, "inspect", model).contains("parameters, sha256 "));
  }

  @Test
  void refusesAModelThatDoesNotKnowTheCorpus() throws IOException {
    String model = write(new GptShape(1, 1, 8, 8, 200));
    Path text = Files.writeString(folder.resolve("a.txt"), "a line of text\n".repeat(20_000));
    String corpus = folder.resolve("corpus").toString();
    run(0, "prepare", text.toString(), "--out", corpus);
    run(1, "eval", "--from", model, "--corpus", corpus);
    assertTrue(err.toString().contains("modelVocabulary=200"), err::toString);
    assertFalse(err.toString().contains("\tat "), err::toString);
  }
}
