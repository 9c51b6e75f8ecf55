package dev.sampo.launcher;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.model.evaluate.Evaluation;
import dev.sampo.model.folder.ModelFolder;
import dev.sampo.model.text.Corpus;
import dev.sampo.model.text.TokenFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sampo eval}: what a model is worth on a corpus. */
@CommandLine.Command(
    name = "eval",
    description =
        "Tell a model's loss on the held-out part of a corpus: nats a token, perplexity, "
            + "and bits a byte of text, which compares models of different tokenizers.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  sampo eval --from runs/solo/jobs/1f0c/model",
      "  sampo eval --from gpt2 --corpus corpora/web --tokens 100000 --json"
    })
public final class EvalCommand implements Command {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--from",
      required = true,
      paramLabel = "FOLDER",
      description = "Folder of the model.")
  private Path from = Path.of("");

  @Option(
      names = "--corpus",
      paramLabel = "FOLDER",
      description = "A prepared corpus; default: the one that comes with Sampo.")
  private @Nullable Path corpusFolder;

  @Option(names = "--training", description = "Evaluate on the training part instead.")
  private boolean training;

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description = "Evaluate on about so many tokens at most; default: all.")
  private long most = Long.MAX_VALUE;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that compute; default: all processors.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(names = "--json", description = "One JSON document instead of text.")
  private boolean json;

  /** For {@link java.util.ServiceLoader}. */
  public EvalCommand() {}

  @Override
  public String example() {
    return "sampo eval --from runs/demo-1/model";
  }

  @Override
  public Integer call() {
    try (Corpus corpus = Corpus.open(folder());
        Arena arena = Arena.ofShared();
        CpuDevice device = CpuDevice.open(threads)) {
      ModelFolder.Loaded model = ModelFolder.read(from, arena);
      if (model.shape().vocabulary() < corpus.vocabulary()) {
        throw new CommandFailure(
            "the model must know all tokens of the corpus: modelVocabulary=%d, corpusVocabulary=%d; hint: prepare the corpus with the model's tokenizer"
                .formatted(model.shape().vocabulary(), corpus.vocabulary()));
      }
      TokenFile text = training ? corpus.training() : corpus.validation();
      long all = Math.min(most, text.tokens());
      Meter meter =
          new Meter(spec.commandLine().getErr(), "evaluated", all, Meter.Unit.KILO_TOKENS);
      Evaluation evaluation =
          Evaluation.of(
              model.shape(),
              model.flat(),
              text,
              device,
              most,
              done -> meter.reached(done, "", System.nanoTime()));
      meter.end();
      report(evaluation);
      return CommandLine.ExitCode.OK;
    } catch (IOException | IllegalArgumentException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()), e);
    }
  }

  private Path folder() throws IOException {
    return corpusFolder != null
        ? corpusFolder
        : Corpora.ofInstallation(List.of()).locate(new dev.sampo.config.Corpus.Shipped());
  }

  private void report(Evaluation evaluation) throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      ObjectNode document = new ObjectMapper().createObjectNode();
      document.put("loss", evaluation.loss());
      document.put("perplexity", evaluation.perplexity());
      evaluation.bitsPerByte().ifPresent(bits -> document.put("bitsPerByte", bits));
      document.put("tokens", evaluation.tokens());
      out.println(new ObjectMapper().writeValueAsString(document));
      return;
    }
    out.printf(
        Locale.ROOT,
        "loss %.4f nats a token, perplexity %.2f, %s, over %,d tokens%n",
        evaluation.loss(),
        evaluation.perplexity(),
        evaluation.bitsPerByte().isPresent()
            ? "%.4f bits a byte".formatted(evaluation.bitsPerByte().getAsDouble())
            : "bits a byte unknown",
        evaluation.tokens());
  }
}
