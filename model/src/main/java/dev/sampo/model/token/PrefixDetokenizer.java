package dev.sampo.model.token;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * What a token adds to a text may depend on the token before it (a leading space, half a
 * character). So the tokens since the last whole character are decoded again with each that comes,
 * and what is new is handed on.
 */
final class PrefixDetokenizer implements Detokenizer {
  private static final char HALF = '\uFFFD';

  private final HuggingFaceTokenizer tokenizer;
  private final int separator;
  private final Consumer<String> out;
  private long[] recent = new long[0];
  private int said; // how many of the recent tokens are in what was handed on

  PrefixDetokenizer(HuggingFaceTokenizer tokenizer, int separator, Consumer<String> out) {
    this.tokenizer = tokenizer;
    this.separator = separator;
    this.out = out;
  }

  @Override
  public void accept(int token) {
    if (token == separator) {
      end();
      out.accept("\n");
      return;
    }
    recent = Arrays.copyOf(recent, recent.length + 1);
    recent[recent.length - 1] = token;
    String now = tokenizer.decode(recent, false);
    if (now.isEmpty() || now.charAt(now.length() - 1) != HALF) {
      handOn(now);
      recent = Arrays.copyOfRange(recent, said, recent.length);
      said = recent.length;
    }
  }

  private void handOn(String now) {
    String before = said == 0 ? "" : tokenizer.decode(Arrays.copyOf(recent, said), false);
    if (now.length() > before.length()) {
      out.accept(now.substring(before.length()));
    }
  }

  @Override
  public void end() {
    if (recent.length > said) {
      handOn(tokenizer.decode(recent, false));
    }
    recent = new long[0];
    said = 0;
  }
}
