package dev.sampo.model.text;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.sampo.model.TokenBatch;
import dev.sampo.model.file.Digests;
import dev.sampo.model.text.CorpusManifest.Part;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/**
 * Tokens of one side of a corpus, each of 1, 2 or 4 bytes, unsigned and little-endian, mapped
 * read-only.
 *
 * <p>Sample i at a context of c is the window of c + 1 tokens that starts at token i c: windows
 * share one token at their border, so every token but the first is a target once.
 */
public final class TokenFile implements AutoCloseable {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Arena arena = Arena.ofShared();
  private final MemorySegment bytes;
  private final int width;
  private final long textBytes;

  private TokenFile(FileChannel channel, Part part, int width) throws IOException {
    bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    this.width = width;
    this.textBytes = part.textBytes();
  }

  /** Maps the file and checks its size and hash. */
  static TokenFile open(Path folder, Part part, int width) throws IOException {
    Path path = folder.resolve(part.file());
    if (!Files.isRegularFile(path)) {
      throw new IOException(
          "a token file is missing: path=" + path + "; hint: prepare the corpus again");
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      if (channel.size() != part.tokens() * width) {
        throw changed(path, "bytes=" + channel.size() + ", wantedBytes=" + part.tokens() * width);
      }
      TokenFile file = new TokenFile(channel, part, width);
      String found = sha256(file.bytes);
      if (!found.equals(part.sha256())) {
        file.close();
        throw changed(path, "sha256=" + found + ", wantedSha256=" + part.sha256());
      }
      return file;
    }
  }

  private static IOException changed(Path path, String difference) {
    return new IOException(
        "a token file is not the one in the manifest: path="
            + path
            + ", "
            + difference
            + "; hint: prepare the corpus again");
  }

  private static String sha256(MemorySegment bytes) {
    MessageDigest digest = Digests.sha256();
    long step = 1 << 24;
    for (long at = 0; at < bytes.byteSize(); at += step) {
      digest.update(bytes.asSlice(at, Math.min(step, bytes.byteSize() - at)).asByteBuffer());
    }
    return Digests.hex(digest);
  }

  /** Number of tokens. */
  public long tokens() {
    return bytes.byteSize() / width;
  }

  /**
   * Bytes of text behind these tokens, each end of a document counted as one; 0 if it is not known.
   */
  public long textBytes() {
    return textBytes;
  }

  /** Token at a place in [0, tokens). */
  public int token(long place) {
    return switch (width) {
      case 1 -> bytes.get(JAVA_BYTE, place) & 0xFF;
      case 2 -> bytes.get(SHORT, place * 2) & 0xFFFF;
      default -> bytes.get(INT, place * 4);
    };
  }

  /** Number of whole samples at that context. */
  public long samples(int context) {
    return Math.max(0, (tokens() - 1) / context);
  }

  /**
   * Reads one sample into one sequence of a batch, at the batch's context.
   *
   * @throws IndexOutOfBoundsException if there is no such sample
   */
  public void read(long sample, TokenBatch batch, int sequence) {
    int context = batch.context();
    if (sample < 0 || sample >= samples(context)) {
      throw new IndexOutOfBoundsException(
          "no such sample: sample=%d, samples=%d, context=%d"
              .formatted(sample, samples(context), context));
    }
    long start = sample * context;
    for (int i = 0; i <= context; i++) {
      batch.set(sequence, i, token(start + i));
    }
  }

  /** Unmaps the file. */
  @Override
  public void close() {
    arena.close();
  }
}
