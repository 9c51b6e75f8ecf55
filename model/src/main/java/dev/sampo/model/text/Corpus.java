package dev.sampo.model.text;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.model.file.Digests;
import dev.sampo.model.text.CorpusManifest.Tokens;
import dev.sampo.model.token.ByteTokenizer;
import dev.sampo.model.token.JsonTokenizer;
import dev.sampo.model.token.TokenizerFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;

/**
 * A prepared corpus, open for reading.
 *
 * @param folder where it lies
 * @param manifest what it says of itself
 * @param training the part to train on
 * @param validation the part held out
 */
public record Corpus(Path folder, CorpusManifest manifest, TokenFile training, TokenFile validation)
    implements AutoCloseable {

  /**
   * Opens a corpus folder and checks every byte against its manifest.
   *
   * @throws IOException with rule, path and hint, if something is missing, damaged or changed
   */
  public static Corpus open(Path folder) throws IOException {
    CorpusManifest manifest = manifest(folder);
    int width = manifest.tokenizer().width();
    TokenFile training = TokenFile.open(folder, manifest.training(), width);
    try {
      checkTokenizer(folder, manifest.tokenizer());
      TokenFile validation = TokenFile.open(folder, manifest.validation(), width);
      return new Corpus(folder, manifest, training, validation);
    } catch (IOException | RuntimeException e) {
      training.close();
      throw e;
    }
  }

  /**
   * What a corpus folder says of itself; the token files are not looked at.
   *
   * @throws IOException if there is no manifest of this version
   */
  public static CorpusManifest manifest(Path folder) throws IOException {
    Path path = folder.resolve(CorpusManifest.FILE);
    if (!Files.isRegularFile(path)) {
      throw new IOException(
          "no corpus in this folder: path=" + path + "; hint: prepare the corpus first");
    }
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
    if (manifest.format() != CorpusManifest.FORMAT || !isWhole(manifest)) {
      throw new IOException(
          "a corpus manifest is of format %d with a tokenizer and both parts: path=%s, format=%d, tokenizer=%s; hint: prepare the corpus again"
              .formatted(CorpusManifest.FORMAT, path, manifest.format(), manifest.tokenizer()));
    }
    return manifest;
  }

  private static boolean isWhole(CorpusManifest manifest) {
    return manifest.tokenizer() != null
        && manifest.training() != null
        && manifest.validation() != null
        && isKnown(manifest.tokenizer());
  }

  private static boolean isKnown(Tokens tokens) {
    boolean inside = tokens.separator() >= 0 && tokens.separator() < tokens.vocabulary();
    return inside
        && switch (String.valueOf(tokens.kind())) {
          case ByteTokenizer.KIND -> tokens.vocabulary() == 256;
          case JsonTokenizer.FILE -> tokens.sha256() != null;
          default -> false;
        };
  }

  private static void checkTokenizer(Path folder, Tokens tokens) throws IOException {
    String wanted = tokens.sha256();
    if (wanted == null) {
      return;
    }
    Path file = folder.resolve(JsonTokenizer.FILE);
    String found = Files.isRegularFile(file) ? sha256(file) : "(missing)";
    if (!found.equals(wanted)) {
      throw new IOException(
          "a corpus's tokenizer is the one in its manifest: path=%s, sha256=%s, wantedSha256=%s; hint: prepare the corpus again"
              .formatted(file, found, wanted));
    }
  }

  private static String sha256(Path file) throws IOException {
    MessageDigest digest = Digests.sha256();
    digest.update(Files.readAllBytes(file));
    return Digests.hex(digest);
  }

  /** SHA-256 of the training part: it tells whether two nodes train on the same tokens. */
  public String fingerprint() {
    return manifest.training().sha256();
  }

  /** One more than the largest token. */
  public int vocabulary() {
    return manifest.tokenizer().vocabulary();
  }

  /** The tokenizer that made these tokens. */
  public TokenizerFile tokenizer() {
    Tokens tokens = manifest.tokenizer();
    return tokens.sha256() == null
        ? TokenizerFile.bytes()
        : new TokenizerFile(folder.resolve(JsonTokenizer.FILE), tokens.separator());
  }

  /** Unmaps both files. */
  @Override
  public void close() {
    try (training) {
      validation.close();
    }
  }
}
