package dev.sampo.model.prepare;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/**
 * A document in pieces, so that one of any length fits in memory: cut behind a line's end where
 * there is one, else between characters. Refuses what is no text.
 */
final class TextPieces {
  private final String document;
  private final InputStream in;
  private final byte[] buffer;
  private final CharBuffer characters;
  private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
  private int filled;
  private int length;
  private long lines;

  /**
   * @param mostBytes of a piece
   */
  TextPieces(String document, InputStream in, int mostBytes) {
    this.document = document;
    this.in = in;
    buffer = new byte[mostBytes];
    characters = CharBuffer.allocate(mostBytes);
  }

  /** The present piece lies in it from the first byte on. */
  byte[] bytes() {
    return buffer;
  }

  /** Bytes of the present piece. */
  int length() {
    return length;
  }

  /**
   * Goes on to the next piece.
   *
   * @return whether there is one
   * @throws BadDocument if it is no UTF-8, holds a zero byte, or cannot be read
   */
  boolean next() throws BadDocument {
    System.arraycopy(buffer, length, buffer, 0, filled - length);
    filled -= length;
    try {
      int read = in.readNBytes(buffer, filled, buffer.length - filled);
      filled += read;
    } catch (IOException e) {
      throw new BadDocument(document, lines + 1, "it cannot be read: " + e.getMessage());
    }
    length = filled < buffer.length ? filled : cut();
    check();
    return length > 0;
  }

  private int cut() {
    for (int end = filled; end > 0; end--) {
      if (buffer[end - 1] == '\n') {
        return end;
      }
    }
    int end = filled;
    // A byte of the form 10xxxxxx goes on with a character that began before it.
    while (end > filled - 4 && (buffer[end - 1] & 0xC0) == 0x80) {
      end--;
    }
    return (buffer[end - 1] & 0xC0) == 0xC0 ? end - 1 : filled;
  }

  private void check() throws BadDocument {
    for (int i = 0; i < length; i++) {
      if (buffer[i] == 0) {
        throw new BadDocument(document, lines + 1, "a text holds no zero byte");
      }
      if (buffer[i] == '\n') {
        lines++;
      }
    }
    ByteBuffer piece = ByteBuffer.wrap(buffer, 0, length);
    CoderResult result = decoder.reset().decode(piece, characters.clear(), true);
    if (result.isError()) {
      long later = 0;
      for (int i = piece.position(); i < length; i++) {
        later += buffer[i] == '\n' ? 1 : 0;
      }
      throw new BadDocument(document, lines - later + 1, "a text is UTF-8");
    }
  }
}
