package dev.sampo.launcher;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Makes text of UTF-8 that comes a byte at a time; what is no UTF-8 becomes U+FFFD. */
final class Utf8Stream {
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

  void accept(byte next) {
    bytes.put(next);
    decode(false);
  }

  /** Nothing follows: half a character becomes U+FFFD. */
  void end() {
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
