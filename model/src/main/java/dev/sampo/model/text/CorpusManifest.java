package dev.sampo.model.text;

/**
 * What a prepared corpus folder holds, written beside it as {@value #FILE}.
 *
 * @param format version of this layout
 * @param tokenizer how text became tokens
 * @param vocabulary number of distinct tokens
 * @param training the part to train on
 * @param validation the part held out
 */
record CorpusManifest(
    int format, String tokenizer, int vocabulary, Part training, Part validation) {
  static final String FILE = "corpus.json";
  static final int FORMAT = 1;
  static final String BYTES = "bytes";

  /**
   * One token file.
   *
   * @param file its name inside the folder
   * @param documents number of documents, each followed by a separator
   * @param tokens number of tokens, one byte each, separators too
   * @param sha256 of the file, in hexadecimal
   */
  record Part(String file, int documents, long tokens, String sha256) {}
}
