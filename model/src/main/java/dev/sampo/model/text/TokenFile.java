package dev.sampo.model.text;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.sampo.model.TokenBatch;
import dev.sampo.model.text.CorpusManifest.Part;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/**
 * Tokens of one side of a corpus, one unsigned byte each, mapped read-only.
 *
 * <p>Sample i at a context of c is the window of c + 1 tokens that starts at token i c: windows
 * share one token at their border, so every token but the first is a target once.
 */
public final class TokenFile implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final MemorySegment tokens;

  private TokenFile(FileChannel channel) throws IOException {
    tokens = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
  }

  /** Maps the file and checks its size and hash. */
  static TokenFile open(Path folder, Part part) throws IOException {
    Path path = folder.resolve(part.file());
    if (!Files.isRegularFile(path)) {
      throw new IOException(
          "a token file is missing: path=" + path + "; hint: prepare the corpus again");
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      if (channel.size() != part.tokens()) {
        throw changed(path, "bytes=" + channel.size() + ", wantedBytes=" + part.tokens());
      }
      TokenFile file = new TokenFile(channel);
      String found = sha256(file.tokens);
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

  private static String sha256(MemorySegment tokens) {
    MessageDigest digest = Digests.sha256();
    long step = 1 << 24;
    for (long at = 0; at < tokens.byteSize(); at += step) {
      digest.update(tokens.asSlice(at, Math.min(step, tokens.byteSize() - at)).asByteBuffer());
    }
    return Digests.hex(digest);
  }

  /** Number of tokens. */
  public long tokens() {
    return tokens.byteSize();
  }

  /** Token at a place in [0, tokens). */
  public int token(long place) {
    return tokens.get(JAVA_BYTE, place) & 0xFF;
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
