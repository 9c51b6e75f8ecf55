package dev.sampo.model.prepare;

import dev.sampo.model.prepare.DocumentSink.Fate;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/**
 * A file of tokens that another program made: of llm.c (a header of 256 words of 32 bits: magic,
 * version, number of tokens), or of nanoGPT (16-bit tokens and nothing else).
 *
 * <p>It is cut behind each separator, and after {@value #MOST_TOKENS} tokens at the latest. A name
 * with {@code train} or {@code val} in it says to which side the whole file belongs.
 *
 * @param name of the file
 * @param vocabulary one more than the largest token that may come
 * @param separator the token that ends a document
 */
record TokenInput(Path path, String name, int vocabulary, int separator) implements Input {
  /** Longest piece, in tokens. */
  static final int MOST_TOKENS = 1 << 14;

  private static final int HEADER_BYTES = 1024;
  private static final int MAGIC_OF_16_BITS = 20240520;
  private static final int MAGIC_OF_32_BITS = 20240801;

  /**
   * How the tokens lie.
   *
   * @param start byte of the first
   * @param width bytes of each
   * @param tokens how many
   */
  private record Form(long start, int width, long tokens) {}

  @Override
  public long bytes() throws IOException {
    return Files.size(path);
  }

  @Override
  public void read(DocumentSink sink) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      Form form;
      try {
        form = form(channel);
      } catch (BadDocument e) {
        sink.bad(e);
        return;
      }
      sink.passed(form.start());
      pieces(channel.position(form.start()), form, sink);
    }
  }

  private Form form(FileChannel channel) throws IOException {
    long bytes = channel.size();
    if (bytes >= HEADER_BYTES) {
      ByteBuffer header = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
      readFully(channel, header);
      int magic = header.getInt(0);
      if (magic == MAGIC_OF_16_BITS || magic == MAGIC_OF_32_BITS) {
        int width = magic == MAGIC_OF_16_BITS ? 2 : 4;
        long tokens = header.getInt(8);
        if (tokens < 0 || bytes != HEADER_BYTES + tokens * width) {
          throw new BadDocument(
              name,
              0,
              "its header tells of %d tokens of %d bytes, but it has %d bytes"
                  .formatted(tokens, width, bytes));
        }
        return new Form(HEADER_BYTES, width, tokens);
      }
    }
    if (bytes % 2 != 0) {
      throw new BadDocument(name, 0, "16-bit tokens fill an even number of bytes, not " + bytes);
    }
    return new Form(0, 2, bytes / 2);
  }

  private void pieces(FileChannel channel, Form form, DocumentSink sink) throws IOException {
    ByteBuffer buffer =
        ByteBuffer.allocate(MOST_TOKENS * form.width()).order(ByteOrder.LITTLE_ENDIAN).limit(0);
    int[] piece = new int[MOST_TOKENS];
    int count = 0;
    long number = 1;
    for (long at = 0; at < form.tokens(); at++) {
      if (!buffer.hasRemaining()) {
        long left = (form.tokens() - at) * form.width();
        buffer.clear().limit((int) Math.min(buffer.capacity(), left));
        readFully(channel, buffer);
        buffer.flip();
      }
      int token = form.width() == 2 ? buffer.getShort() & 0xFFFF : buffer.getInt();
      if (token < 0 || token >= vocabulary) {
        sink.bad(
            new BadDocument(
                name,
                0,
                "token %d at place %d is not in the vocabulary of %d; name its tokenizer with --tokenizer"
                    .formatted(token, at, vocabulary)));
        return;
      }
      piece[count++] = token;
      if (token == separator || count == MOST_TOKENS || at + 1 == form.tokens()) {
        sink.tokens(name + "#" + number++, fate(), piece, count);
        sink.passed((long) count * form.width());
        count = 0;
      }
    }
  }

  private Fate fate() {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.contains("val")
        ? Fate.VALIDATION
        : lower.contains("train") ? Fate.TRAINING : Fate.BY_NAME;
  }

  private void readFully(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new EOFException("a token file shrank while it was read: path=" + path);
      }
    }
  }
}
