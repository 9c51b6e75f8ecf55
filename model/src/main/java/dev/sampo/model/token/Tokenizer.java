package dev.sampo.model.token;

import java.util.function.Consumer;

/** How text becomes tokens. Any number of threads may use one until it is closed. */
public interface Tokenizer extends AutoCloseable {

  /** What a corpus or a model says of its tokenizer: its kind, not its content. */
  String kind();

  /** One more than the largest token. */
  int vocabulary();

  /** The token that ends each document, in [0, vocabulary). */
  int separator();

  /**
   * The tokens of a piece of text, without any that mark its beginning or end.
   *
   * @param utf8 holds well-formed UTF-8 in [from, from + length)
   */
  int[] encode(byte[] utf8, int from, int length);

  /**
   * Makes text of tokens that come one at a time.
   *
   * @param out takes text as soon as it is whole characters
   */
  Detokenizer detokenizer(Consumer<String> out);

  @Override
  void close();
}
