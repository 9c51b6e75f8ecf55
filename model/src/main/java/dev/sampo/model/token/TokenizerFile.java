package dev.sampo.model.token;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a tokenizer lies and what ends a document in it.
 *
 * @param file a {@code tokenizer.json}; null for bytes
 * @param separator the token that ends a document
 */
public record TokenizerFile(@Nullable Path file, int separator) {
  /** The bytes, which need no file. */
  public static TokenizerFile bytes() {
    return new TokenizerFile(null, new ByteTokenizer().separator());
  }

  /** Opens the tokenizer, the caller's to close. */
  public Tokenizer open() throws IOException {
    return file == null ? new ByteTokenizer() : JsonTokenizer.open(file, separator);
  }
}
