package dev.sampo.model.token;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Makes text of UTF-8 that comes a byte at a time; what is no UTF-8 becomes U+FFFD. */
final class Utf8Stream implements Detokenizer {
  private static final int LONGEST = 4;

  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private final ByteBuffer bytes = ByteBuffer.allocate(LONGEST);
  private final CharBuffer chars = CharBuffer.allocate(2 * LONGEST);
  private final Consumer<String> out;

  /** A stream that hands on each character as soon as it is whole. */
  Utf8Stream(Consumer<String> out) {
    this.out = out;
  }

  @Override
  public void accept(int token) {
    bytes.put((byte) (token == 0 ? '\n' : token));
    decode(false);
  }

  @Override
  public void end() {
    decode(true);
  }

  private void decode(boolean last) {
    bytes.flip();
    decoder.decode(bytes, chars, last);
    bytes.compact();
    chars.flip();
    if (chars.hasRemaining()) {
      out.accept(chars.toString());
    }
    chars.clear();
  }
}
