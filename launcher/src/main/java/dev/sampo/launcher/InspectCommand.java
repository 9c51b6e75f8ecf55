package dev.sampo.launcher;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.device.FloatVectors;
import dev.sampo.model.ModelShape;
import dev.sampo.model.ParameterTensor;
import dev.sampo.model.file.Digests;
import dev.sampo.model.folder.ModelFolder;
import dev.sampo.model.text.Corpus;
import dev.sampo.model.text.CorpusManifest;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sampo inspect}: what is in a model's or a corpus's folder. */
@CommandLine.Command(
    name = "inspect",
    description =
        "Tell what is in a folder: of a model its sizes, and each tensor's shape, root "
            + "mean square and SHA-256; of a corpus its manifest, checked against the files.",
    footerHeading = "%nExamples:%n",
    footer = {"  sampo inspect runs/demo-1/model", "  sampo inspect corpora/web --json"})
public final class InspectCommand implements Command {
  private static final int SHOWN_DIGITS = 16;
  private static final long STEP_BYTES = 1 << 24;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "FOLDER", description = "A model or a prepared corpus.")
  private Path folder = Path.of("");

  @Option(names = "--json", description = "One JSON document instead of text.")
  private boolean json;

  /** For {@link java.util.ServiceLoader}. */
  public InspectCommand() {}

  @Override
  public String example() {
    return "sampo inspect runs/demo-1/model";
  }

  @Override
  public Integer call() {
    try {
      if (Files.isRegularFile(folder.resolve(CorpusManifest.FILE))) {
        inspectCorpus();
      } else {
        inspectModel();
      }
      return CommandLine.ExitCode.OK;
    } catch (IOException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()), e);
    }
  }

  private void inspectCorpus() throws IOException {
    try (Corpus corpus = Corpus.open(folder)) {
      out()
          .println(
              new ObjectMapper()
                  .writerWithDefaultPrettyPrinter()
                  .writeValueAsString(corpus.manifest()));
    }
  }

  private void inspectModel() throws IOException {
    try (Arena arena = Arena.ofShared()) {
      ModelFolder.Loaded model = ModelFolder.read(folder, arena);
      ModelShape shape = model.shape();
      ObjectNode document = new ObjectMapper().createObjectNode();
      document.put("shape", shape.toString());
      document.put("parameters", shape.layout().total());
      document.put("sha256", sha256(model.flat()));
      for (ParameterTensor tensor : shape.layout().tensors()) {
        MemorySegment values =
            model.flat().asSlice(tensor.offset() * Float.BYTES, tensor.elements() * Float.BYTES);
        ObjectNode entry = document.withArray("tensors").addObject();
        entry.put("name", tensor.name());
        entry.put("rows", tensor.rows());
        entry.put("columns", tensor.columns());
        entry.put("rootMeanSquare", rootMeanSquare(values));
        entry.put("sha256", sha256(values));
      }
      if (json) {
        out()
            .println(
                new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(document));
      } else {
        print(document);
      }
    }
  }

  private void print(ObjectNode document) {
    PrintWriter out = out();
    out.println(document.path("shape").asText());
    out.printf(
        Locale.ROOT,
        "%,d parameters, sha256 %s%n",
        document.path("parameters").asLong(),
        document.path("sha256").asText());
    document
        .path("tensors")
        .forEach(
            tensor ->
                out.printf(
                    Locale.ROOT,
                    "  %-48s %7d x %-7d rms %.5f  %s%n",
                    tensor.path("name").asText(),
                    tensor.path("rows").asInt(),
                    tensor.path("columns").asInt(),
                    tensor.path("rootMeanSquare").asDouble(),
                    tensor.path("sha256").asText().substring(0, SHOWN_DIGITS)));
  }

  private static double rootMeanSquare(MemorySegment values) {
    double squares = FloatVectors.sumSquares(values);
    return Math.sqrt(squares / (values.byteSize() / (double) Float.BYTES));
  }

  private static String sha256(MemorySegment values) {
    MessageDigest digest = Digests.sha256();
    for (long at = 0; at < values.byteSize(); at += STEP_BYTES) {
      digest.update(
          values.asSlice(at, Math.min(STEP_BYTES, values.byteSize() - at)).asByteBuffer());
    }
    return Digests.hex(digest);
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}
