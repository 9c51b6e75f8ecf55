package dev.sampo.model.text;

import org.jspecify.annotations.Nullable;

/**
 * What a prepared corpus folder holds, written beside it as {@value #FILE}.
 *
 * @param format version of this layout
 * @param tokenizer how text became tokens
 * @param training the part to train on
 * @param validation the part held out
 * @param skipped documents that could not be used and were left out
 */
public record CorpusManifest(
    int format, Tokens tokenizer, Part training, Part validation, long skipped) {
  /** Its file in the folder. */
  public static final String FILE = "corpus.json";

  /** The layout that this version writes and reads. */
  public static final int FORMAT = 2;

  /**
   * How text became tokens.
   *
   * @param kind {@code bytes}, or {@code tokenizer.json} for a file of that name in the folder
   * @param vocabulary one more than the largest token
   * @param separator the token that ends each document
   * @param sha256 of the tokenizer's file, in hexadecimal; null for bytes
   */
  public record Tokens(String kind, int vocabulary, int separator, @Nullable String sha256) {
    /** Bytes that each token of such a vocabulary takes in a file: 1, 2 or 4, little-endian. */
    public int width() {
      return vocabulary <= 1 << 8 ? 1 : vocabulary <= 1 << 16 ? 2 : 4;
    }
  }

  /**
   * One token file.
   *
   * @param file its name inside the folder
   * @param documents number of documents
   * @param tokens number of tokens, those between documents too
   * @param textBytes bytes of UTF-8 that became these tokens, one more for each end of a document;
   *     0 if the tokens came as tokens
   * @param sha256 of the file, in hexadecimal
   */
  public record Part(String file, long documents, long tokens, long textBytes, String sha256) {}
}
