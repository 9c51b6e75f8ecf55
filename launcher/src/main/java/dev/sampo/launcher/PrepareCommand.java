package dev.sampo.launcher;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.model.prepare.BadDocument;
import dev.sampo.model.prepare.Preparation;
import dev.sampo.model.prepare.Preparation.OnBad;
import dev.sampo.model.prepare.Preparation.Sources;
import dev.sampo.model.prepare.SplitRule;
import dev.sampo.model.text.CorpusManifest;
import dev.sampo.model.text.CorpusManifest.Part;
import dev.sampo.model.token.ByteTokenizer;
import dev.sampo.model.token.JsonTokenizer;
import dev.sampo.model.token.Tokenizer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sampo prepare}: turns texts into tokens. */
@CommandLine.Command(
    name = "prepare",
    description = {
      "Turn texts into a folder of tokens that jobs train on (job.data.corpus = " + "\"FOLDER\").",
      "Inputs are plain texts, folders of them, .jsonl, .parquet, archives of texts "
          + "(.zip, .jar), and token files of llm.c and nanoGPT (.bin; train or val in the "
          + "name says which side). One document in twenty is held out for validation, by the "
          + "hash of its name."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  sampo prepare book.txt --out corpora/book",
      "  sampo prepare src/ lib-sources.jar --suffix .java --out corpora/java",
      "  sampo prepare web.jsonl --field text --tokenizer gpt2/tokenizer.json --out corpora/web",
      "  sampo prepare train.bin val.bin --tokenizer gpt2/tokenizer.json --out corpora/owt"
    })
public final class PrepareCommand implements Command {
  private static final Set<String> USUAL_SUFFIXES =
      Set.of(
          ".txt", ".md", ".rst", ".tex", ".html", ".xml", ".json", ".yaml", ".yml", ".toml",
          ".java", ".kt", ".scala", ".c", ".h", ".cc", ".cpp", ".hpp", ".cu", ".rs", ".go", ".py",
          ".js", ".ts", ".rb", ".php", ".cs", ".swift", ".sh", ".sql", ".css");

  /** More are counted, but not told one by one. */
  private static final int TOLD_BAD_DOCUMENTS = 20;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(arity = "1..*", paramLabel = "INPUT", description = "Files and folders.")
  private List<Path> inputs = List.of();

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FOLDER",
      description = "The folder to make; it appears whole or not at all.")
  private Path out = Path.of("");

  @Option(
      names = "--tokenizer",
      paramLabel = "FILE",
      description = "A tokenizer.json of Hugging Face's; default: bytes.")
  private @Nullable Path tokenizerFile;

  @Option(
      names = {"--field", "--column"},
      paramLabel = "NAME",
      description = "Where .jsonl and .parquet have their text; default: ${DEFAULT-VALUE}.")
  private String field = "text";

  @Option(
      names = "--suffix",
      paramLabel = "END",
      description =
          "Ends of the names that are taken from folders and archives, such as .java; may be"
              + " repeated; default: the usual ones of texts and sources.")
  private Set<String> suffixes = Set.of();

  @Option(
      names = "--split",
      paramLabel = "RULE",
      description =
          "What is held out: documents, or passages of about 4 KiB; auto takes passages where all"
              + " inputs are a few plain texts. Default: auto.")
  private SplitRule split = SplitRule.AUTO;

  @Option(
      names = "--validation",
      paramLabel = "INPUT",
      description = "Hold out these texts, and nothing of the others; may be repeated.")
  private List<Path> validation = List.of();

  @Option(
      names = "--skip-bad",
      description = "Leave out documents that cannot be used, and say which and why.")
  private boolean skipBad;

  @Option(names = "--json", description = "Print the corpus's manifest as JSON.")
  private boolean json;

  /** For {@link java.util.ServiceLoader}. */
  public PrepareCommand() {}

  @Override
  public String example() {
    return "sampo prepare book.txt --out corpora/book";
  }

  @Override
  public Integer call() {
    if (Files.exists(out)) {
      throw new CommandFailure(
          "a corpus goes into a new folder: folder=" + out + "; hint: remove it or name another");
    }
    try (Tokenizer tokenizer =
        tokenizerFile == null ? new ByteTokenizer() : JsonTokenizer.open(tokenizerFile)) {
      Preparation preparation =
          new Preparation(
              tokenizer,
              tokenizerFile,
              suffixes.isEmpty() ? USUAL_SUFFIXES : new TreeSet<>(suffixes),
              field,
              split);
      Sources sources = new Sources(inputs, validation);
      PrintWriter err = spec.commandLine().getErr();
      Meter meter = new Meter(err, "prepared", preparation.bytesOf(sources), Meter.Unit.MEGABYTES);
      OnBad onBad = skipBad ? new OnBad.Skip(telling(err)) : new OnBad.Refuse();
      CorpusManifest manifest =
          preparation.write(
              sources,
              out,
              onBad,
              (bytes, documents, tokens) ->
                  meter.reached(
                      bytes,
                      "%,d documents, %,d tokens".formatted(documents, tokens),
                      System.nanoTime()));
      meter.end();
      report(manifest);
      return CommandLine.ExitCode.OK;
    } catch (IOException e) {
      throw new CommandFailure(String.valueOf(e.getMessage()), e);
    }
  }

  private static Consumer<BadDocument> telling(PrintWriter err) {
    int[] told = {0};
    return bad -> {
      told[0]++;
      if (told[0] <= TOLD_BAD_DOCUMENTS) {
        err.println("left out: " + bad.getMessage());
      } else if (told[0] == TOLD_BAD_DOCUMENTS + 1) {
        err.println("left out: more like these; the manifest counts them");
      }
    };
  }

  private void report(CorpusManifest manifest) throws IOException {
    PrintWriter answer = spec.commandLine().getOut();
    if (json) {
      answer.println(
          new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(manifest));
      return;
    }
    answer.printf(
        Locale.ROOT,
        "corpus: %s, tokenizer %s of %,d tokens%n",
        out,
        manifest.tokenizer().kind(),
        manifest.tokenizer().vocabulary());
    print(answer, "training", manifest.training());
    print(answer, "validation", manifest.validation());
    if (manifest.skipped() > 0) {
      answer.printf(Locale.ROOT, "  left out: %,d documents%n", manifest.skipped());
    }
    answer.printf("train on it with job.data.corpus = \"%s\"%n", out);
  }

  private static void print(PrintWriter answer, String side, Part part) {
    answer.printf(
        Locale.ROOT,
        "  %s: %,d documents, %,d tokens, sha256 %s%n",
        side,
        part.documents(),
        part.tokens(),
        part.sha256());
  }
}
