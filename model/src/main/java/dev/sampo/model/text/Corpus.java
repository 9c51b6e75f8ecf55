package dev.sampo.model.text;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A prepared corpus, open for reading.
 *
 * @param training the part to train on
 * @param validation the part held out
 * @param fingerprint SHA-256 of the training part, to tell whether two nodes train on the same text
 */
public record Corpus(TokenFile training, TokenFile validation, String fingerprint)
    implements AutoCloseable {

  /**
   * Opens a corpus folder and checks every byte against its manifest.
   *
   * @throws IOException with rule, path and hint, if something is missing, damaged or changed
   */
  public static Corpus open(Path folder) throws IOException {
    Path path = folder.resolve(CorpusManifest.FILE);
    if (!Files.isRegularFile(path)) {
      throw new IOException(
          "no corpus in this folder: path=" + path + "; hint: prepare the corpus first");
    }
    CorpusManifest manifest = read(path);
    TokenFile training = TokenFile.open(folder, manifest.training());
    try {
      TokenFile validation = TokenFile.open(folder, manifest.validation());
      return new Corpus(training, validation, manifest.training().sha256());
    } catch (IOException | RuntimeException e) {
      training.close();
      throw e;
    }
  }

  private static CorpusManifest read(Path path) throws IOException {
    CorpusManifest manifest;
    try {
      manifest = new ObjectMapper().readValue(path.toFile(), CorpusManifest.class);
    } catch (JacksonException e) {
      throw new IOException(
          "a corpus manifest is JSON of known fields: path="
              + path
              + ", reason="
              + e.getOriginalMessage()
              + "; hint: prepare the corpus again",
          e);
    }
    if (manifest.format() != CorpusManifest.FORMAT
        || !CorpusManifest.BYTES.equals(manifest.tokenizer())
        || manifest.training() == null
        || manifest.validation() == null) {
      throw new IOException(
          "a corpus manifest is of format %d with byte tokens and both parts: path=%s, format=%d, tokenizer=%s; hint: prepare the corpus again"
              .formatted(CorpusManifest.FORMAT, path, manifest.format(), manifest.tokenizer()));
    }
    return manifest;
  }

  /** Unmaps both files. */
  @Override
  public void close() {
    try (training) {
      validation.close();
    }
  }
}
