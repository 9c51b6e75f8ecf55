package dev.sampo.model.prepare;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.sampo.model.file.Digests;
import dev.sampo.model.file.WholeFolder;
import dev.sampo.model.prepare.DocumentSink.Fate;
import dev.sampo.model.text.CorpusManifest;
import dev.sampo.model.text.CorpusManifest.Part;
import dev.sampo.model.text.CorpusManifest.Tokens;
import dev.sampo.model.token.JsonTokenizer;
import dev.sampo.model.token.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Prepares a corpus from what people have.
 *
 * <p>The result depends on the texts and their names alone: inputs by file name, documents by path.
 * The folder appears whole or not at all.
 *
 * @param tokenizer that makes the tokens
 * @param tokenizerFile its file, copied into the corpus; null for bytes
 * @param suffixes of the texts that are taken from folders and archives, such as {@code .java}
 * @param field of the text in JSON lines, and the column of it in Parquet
 * @param split what is held out
 */
public record Preparation(
    Tokenizer tokenizer,
    @Nullable Path tokenizerFile,
    Set<String> suffixes,
    String field,
    SplitRule split) {
  /** More files than this, named one by one, are documents of a collection. */
  private static final int FEW_FILES = 50;

  /** Copies the suffixes. */
  public Preparation {
    suffixes = Set.copyOf(suffixes);
  }

  /**
   * What to read.
   *
   * @param sources files and folders, in any order
   * @param validation files and folders that are all held out; if there are any, nothing of the
   *     sources is
   */
  public record Sources(List<Path> sources, List<Path> validation) {
    /** Copies the lists. */
    public Sources {
      sources = List.copyOf(sources);
      validation = List.copyOf(validation);
    }
  }

  /** Whether to go on without what cannot be used, and who hears of it. */
  public sealed interface OnBad {
    /** The first one ends the preparation. */
    record Refuse() implements OnBad {}

    /** They are counted and left out. */
    record Skip(Consumer<BadDocument> told) implements OnBad {}
  }

  /** The bytes that {@link Progress} will have counted at the end. */
  public long bytesOf(Sources sources) throws IOException {
    long bytes = 0;
    for (Path source : sources.sources()) {
      bytes += bytesOf(source);
    }
    for (Path source : sources.validation()) {
      bytes += bytesOf(source);
    }
    return bytes;
  }

  private long bytesOf(Path source) throws IOException {
    long bytes = 0;
    for (Input input : inputs(source)) {
      bytes += input.bytes();
    }
    return bytes;
  }

  private List<Input> inputs(Path source) throws IOException {
    return new Inputs(suffixes, field, tokenizer).of(source);
  }

  /**
   * Reads the sources and writes the corpus folder.
   *
   * @param folder made by this call; must not exist
   * @return what was written
   * @throws IOException naming the input, if one cannot be read, the document if one cannot be
   *     used, or the folder if it cannot be written
   */
  public CorpusManifest write(Sources sources, Path folder, OnBad onBad, Progress progress)
      throws IOException {
    BadDocuments badDocuments =
        switch (onBad) {
          case OnBad.Refuse() -> new BadDocuments(false, bad -> {});
          case OnBad.Skip(Consumer<BadDocument> told) -> new BadDocuments(true, told);
        };
    List<CorpusManifest> written = new ArrayList<>();
    WholeFolder.write(
        folder,
        target -> {
          Tokens tokens = tokens(target);
          CorpusWriter.Recipe recipe = new CorpusWriter.Recipe(tokenizer, ruleFor(sources));
          try (CorpusWriter writer =
              new CorpusWriter(target, tokens.width(), recipe, badDocuments, progress)) {
            read(sources, writer);
            CorpusManifest manifest =
                new CorpusManifest(
                    CorpusManifest.FORMAT,
                    tokens,
                    writer.finishTraining(),
                    writer.finishValidation(),
                    badDocuments.count());
            checkSides(manifest);
            new ObjectMapper()
                .enable(SerializationFeature.INDENT_OUTPUT)
                .writeValue(target.resolve(CorpusManifest.FILE).toFile(), manifest);
            written.add(manifest);
          }
        });
    return written.getFirst();
  }

  private Tokens tokens(Path target) throws IOException {
    String sha256 = null;
    if (tokenizerFile != null) {
      byte[] content = Files.readAllBytes(tokenizerFile);
      Files.write(target.resolve(JsonTokenizer.FILE), content);
      MessageDigest digest = Digests.sha256();
      digest.update(content);
      sha256 = Digests.hex(digest);
    }
    return new Tokens(tokenizer.kind(), tokenizer.vocabulary(), tokenizer.separator(), sha256);
  }

  private SplitRule ruleFor(Sources sources) throws IOException {
    if (split != SplitRule.AUTO) {
      return split;
    }
    boolean fewTexts = sources.sources().size() <= FEW_FILES;
    for (Path source : sources.sources()) {
      List<Input> inputs = inputs(source);
      fewTexts &= !Files.isDirectory(source) && inputs.getFirst() instanceof TextInput;
    }
    return fewTexts ? SplitRule.PASSAGES : SplitRule.DOCUMENTS;
  }

  private void read(Sources sources, CorpusWriter writer) throws IOException {
    writer.sendAllTo(sources.validation().isEmpty() ? Fate.BY_NAME : Fate.TRAINING);
    for (Path source : sorted(sources.sources())) {
      readAll(source, writer);
    }
    writer.sendAllTo(Fate.VALIDATION);
    for (Path source : sorted(sources.validation())) {
      readAll(source, writer);
    }
  }

  private void readAll(Path source, CorpusWriter writer) throws IOException {
    for (Input input : inputs(source)) {
      input.read(writer);
    }
  }

  private static List<Path> sorted(List<Path> sources) {
    return sources.stream()
        .sorted(Comparator.comparing(source -> String.valueOf(source.getFileName())))
        .toList();
  }

  private void checkSides(CorpusManifest manifest) throws IOException {
    Part training = manifest.training();
    Part validation = manifest.validation();
    if (training.tokens() == 0 || validation.tokens() == 0) {
      throw new IOException(
          "a corpus needs text on both sides of the split: trainingDocuments=%d, validationDocuments=%d, suffixes=%s; hint: add inputs, hold out passages with --split passages, or name texts to hold out with --validation"
              .formatted(
                  training.documents(),
                  validation.documents(),
                  suffixes.stream().sorted().toList()));
    }
  }
}
