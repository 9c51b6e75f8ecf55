package dev.sampo.model.token;

import java.util.function.Consumer;

/** Each byte of UTF-8 is a token; zero, which no text contains, ends a document. */
public record ByteTokenizer() implements Tokenizer {
  /** What {@link #kind} says. */
  public static final String KIND = "bytes";

  private static final int VOCABULARY = 256;

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public int vocabulary() {
    return VOCABULARY;
  }

  @Override
  public int separator() {
    return 0;
  }

  @Override
  public int[] encode(byte[] utf8, int from, int length) {
    int[] tokens = new int[length];
    for (int i = 0; i < length; i++) {
      tokens[i] = utf8[from + i] & 0xFF;
    }
    return tokens;
  }

  @Override
  public Detokenizer detokenizer(Consumer<String> out) {
    return new Utf8Stream(out);
  }

  @Override
  public void close() {}
}
