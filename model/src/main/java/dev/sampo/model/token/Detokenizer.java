package dev.sampo.model.token;

/** Text out of tokens that come one at a time. The token between documents becomes a new line. */
public interface Detokenizer {

  /** The next token. */
  void accept(int token);

  /** No token follows: half a character becomes U+FFFD. */
  void end();
}
