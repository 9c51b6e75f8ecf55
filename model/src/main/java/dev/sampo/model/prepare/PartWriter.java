package dev.sampo.model.prepare;

import dev.sampo.model.file.Digests;
import dev.sampo.model.text.CorpusManifest.Part;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/**
 * Writes one token file. What was written since {@link #mark} can be taken back, so that a document
 * that turns bad half-way leaves nothing.
 */
final class PartWriter implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 18;

  private final String file;
  private final int width;
  private final FileChannel channel;
  private final ByteBuffer buffer =
      ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private MessageDigest digest = Digests.sha256();
  private long documents;
  private long tokens;
  private long textBytes;
  private Mark mark = new Mark(Digests.sha256(), 0, 0, 0);

  private record Mark(MessageDigest digest, long documents, long tokens, long textBytes) {}

  /**
   * @param width bytes of a token: 1, 2 or 4
   */
  PartWriter(Path folder, String file, int width) throws IOException {
    this.file = file;
    this.width = width;
    channel =
        FileChannel.open(
            folder.resolve(file), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  void add(int[] encoded, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      if (buffer.remaining() < width) {
        flush();
      }
      switch (width) {
        case 1 -> buffer.put((byte) encoded[i]);
        case 2 -> buffer.putShort((short) encoded[i]);
        default -> buffer.putInt(encoded[i]);
      }
    }
    tokens += count;
  }

  void countText(long bytes) {
    textBytes += bytes;
  }

  void countDocument() {
    documents++;
  }

  long tokens() {
    return tokens;
  }

  long documents() {
    return documents;
  }

  /** Keeps what was written until here. */
  void mark() throws IOException {
    flush();
    try {
      mark = new Mark((MessageDigest) digest.clone(), documents, tokens, textBytes);
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("the Java platform's SHA-256 can be copied", e);
    }
  }

  /** Takes back what was written since the mark. */
  void rewind() throws IOException {
    buffer.clear();
    channel.truncate(mark.tokens() * width);
    digest = mark.digest();
    documents = mark.documents();
    tokens = mark.tokens();
    textBytes = mark.textBytes();
    mark();
  }

  private void flush() throws IOException {
    buffer.flip();
    digest.update(buffer.duplicate());
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }

  Part finish() throws IOException {
    flush();
    return new Part(file, documents, tokens, textBytes, Digests.hex(digest));
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
