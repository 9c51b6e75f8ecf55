package dev.sampo.launcher;

import dev.sampo.actors.job.CorpusSource;
import dev.sampo.config.Corpus.Inputs;
import dev.sampo.config.Corpus.Prepared;
import dev.sampo.config.Corpus.Shipped;
import dev.sampo.model.folder.FolderParameters;
import dev.sampo.model.prepare.Preparation;
import dev.sampo.model.prepare.SplitRule;
import dev.sampo.model.text.Corpus;
import dev.sampo.model.token.ByteTokenizer;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The prepared corpora of this machine, each in a folder of its own below one folder, and the one
 * that comes with Sampo, which is prepared when it is first wanted. Processes share them.
 */
public final class Corpora implements CorpusSource {
  /** The number is that of the corpus format: an older one stays for older versions. */
  private static final String SHIPPED = "shipped-2";

  private static final String TEXT_FIELD = "text";
  private static final Set<String> TEXTS = Set.of(".java", ".txt", ".md");

  private final Path folder;
  private final Path shippedSources;
  private final List<Path> others;
  private final List<Path> models;

  /**
   * Corpora below a folder.
   *
   * @param folder where prepared corpora are kept
   * @param shippedSources the folder of the archives that come with Sampo
   * @param others prepared folders elsewhere, to look at too
   * @param models folders of models that jobs may begin with
   */
  Corpora(Path folder, Path shippedSources, List<Path> others, List<Path> models) {
    this.folder = folder;
    this.shippedSources = shippedSources;
    this.others = List.copyOf(others);
    this.models = List.copyOf(models);
  }

  /** Those of this installation. */
  public static Corpora ofInstallation(List<Path> others) {
    Path root = Path.of(System.getProperty("sampo.root", "."));
    return new Corpora(
        root.resolve("runs").resolve("corpora"),
        root.resolve("target/dist/corpus"),
        others,
        List.of());
  }

  /** The same, with folders of models that jobs may begin with. */
  public Corpora withModels(List<Path> folders) {
    return new Corpora(folder, shippedSources, others, folders);
  }

  @Override
  public Corpus open(String fingerprint) throws IOException {
    List<Path> candidates = new ArrayList<>(others);
    candidates.addAll(prepared());
    for (Path candidate : candidates) {
      Corpus corpus = openIf(fingerprint, candidate);
      if (corpus != null) {
        return corpus;
      }
    }
    // Last, for it may have to be prepared, or not be there at all.
    Corpus shipped = openIf(fingerprint, shipped());
    if (shipped != null) {
      return shipped;
    }
    candidates.add(folder.resolve(SHIPPED));
    throw new IOException(
        "a node needs the data of the job: job.data.sha256="
            + fingerprint
            + ", looked-in="
            + candidates
            + "; hint: copy the prepared folder of the submitting machine below "
            + folder);
  }

  @Override
  public FolderParameters parameters(String sha256) throws IOException {
    for (Path model : models) {
      FolderParameters found = FolderParameters.open(model);
      if (found.sha256().equals(sha256)) {
        return found;
      }
      found.close();
    }
    throw new IOException(
        "a node needs the job's first parameters: job.model.sha256="
            + sha256
            + ", looked-in="
            + models
            + "; hint: copy the folder of the model to this machine, and name it with"
            + " sampo node --model or job.model.from");
  }

  private static @Nullable Corpus openIf(String fingerprint, Path candidate) throws IOException {
    Corpus corpus = Corpus.open(candidate);
    if (corpus.fingerprint().equals(fingerprint)) {
      return corpus;
    }
    corpus.close();
    return null;
  }

  /** The folder of what a job names, prepared if it was not. */
  Path locate(dev.sampo.config.Corpus wanted) throws IOException {
    return switch (wanted) {
      case Shipped() -> shipped();
      case Prepared(Path prepared) -> prepared;
      case Inputs(List<Path> files) -> prepare("inputs-" + InputStamp.of(files), files);
    };
  }

  private Path shipped() throws IOException {
    if (Files.isDirectory(folder.resolve(SHIPPED))) {
      return folder.resolve(SHIPPED);
    }
    if (!Files.isDirectory(shippedSources)) {
      throw new IOException(
          "the corpus that comes with Sampo is missing: path="
              + shippedSources
              + "; hint: build with ./sampo or mvn package");
    }
    try (Stream<Path> archives = Files.list(shippedSources)) {
      return prepare(SHIPPED, archives.sorted().toList());
    }
  }

  /** One process prepares, the others wait for it. */
  private Path prepare(String name, List<Path> sources) throws IOException {
    Files.createDirectories(folder);
    Path target = folder.resolve(name);
    try (FileChannel lockFile =
            FileChannel.open(
                folder.resolve(name + ".lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        var lock = lockFile.lock()) {
      if (lock.isValid() && !Files.isDirectory(target)) {
        new Preparation(new ByteTokenizer(), null, TEXTS, TEXT_FIELD, SplitRule.AUTO)
            .write(
                new Preparation.Sources(sources, List.of()),
                target,
                new Preparation.OnBad.Refuse(),
                (bytes, documents, tokens) -> {});
      }
    }
    return target;
  }

  private List<Path> prepared() throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(Files::isDirectory)
          .filter(entry -> !entry.endsWith(SHIPPED))
          .filter(entry -> !String.valueOf(entry.getFileName()).endsWith(".tmp"))
          .sorted()
          .toList();
    }
  }
}
