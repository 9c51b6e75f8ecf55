package dev.sampo.parameter;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A way into a mapped file past its mapping. Where nobody has touched the mapping yet, each page of
 * 4 KiB costs a fault; to write the file instead brings in many at once and is several times as
 * fast. The mapping shows what was written: both are the same pages.
 *
 * <p>Where the system does not tell which part of the file lies where, bytes go through the mapping
 * after all.
 */
final class MappedFile implements AutoCloseable {
  /** Little enough to stay in a core's second cache. */
  private static final long MOST_BYTES = 256 * 1024;

  private static final MemorySegment ZEROS = Arena.global().allocate(64 * 1024);
  private static final Path MAPPINGS = Path.of("/proc/self/maps");

  private final @Nullable FileChannel channel;

  /** What is to be added to an address to get a place in the file. */
  private final long fromAddress;

  /** What lies together is written together: bytes for {@link #address} on that were put so far. */
  private @Nullable MemorySegment gathered;

  private long address;
  private long length;

  private MappedFile(@Nullable FileChannel channel, long fromAddress) {
    this.channel = channel;
    this.fromAddress = fromAddress;
  }

  /** The file that is mapped, whole, around an address. */
  static MappedFile around(long address, Path file) throws IOException {
    if (!Files.isReadable(MAPPINGS)) {
      return throughItsMapping();
    }
    return around(address, file, Files.readAllLines(MAPPINGS));
  }

  /**
   * As {@link #around(long, Path)}.
   *
   * @param mappings as Linux tells them: {@code from-to rw-s offset device inode path}, in hex
   */
  static MappedFile around(long address, Path file, List<String> mappings) throws IOException {
    for (String mapping : mappings) {
      String[] words = mapping.split(" ", 4);
      int dash = words[0].indexOf('-');
      long from = Long.parseUnsignedLong(words[0], 0, dash, 16);
      long to = Long.parseUnsignedLong(words[0], dash + 1, words[0].length(), 16);
      if (from <= address && address < to && mapping.endsWith(" " + file.toRealPath())) {
        long offset = Long.parseUnsignedLong(words[2], 16);
        return new MappedFile(FileChannel.open(file, StandardOpenOption.WRITE), offset - from);
      }
    }
    return throughItsMapping();
  }

  static MappedFile throughItsMapping() {
    return new MappedFile(null, 0);
  }

  /**
   * Puts bytes at a place in the mapping, by the next {@link #flush} at the latest.
   *
   * @param place of this file, as long as the bytes
   */
  void put(MemorySegment place, MemorySegment bytes) {
    if (channel == null) {
      place.copyFrom(bytes);
      return;
    }
    if (place.address() != address + length || length + bytes.byteSize() > MOST_BYTES) {
      flush();
      address = place.address();
    }
    if (bytes.byteSize() > MOST_BYTES) {
      write(address, bytes);
      address += bytes.byteSize();
    } else {
      gathered().asSlice(length, bytes.byteSize()).copyFrom(bytes);
      length += bytes.byteSize();
    }
  }

  /** What was put is in the file when this returns. */
  void flush() {
    if (length > 0) {
      write(address, gathered().asSlice(0, length));
      address += length;
      length = 0;
    }
  }

  /** Brings in what nobody has touched yet, and is about to be written: it is zeros afterwards. */
  void bringIn(MemorySegment place) {
    if (channel != null) {
      for (long at = 0; at < place.byteSize(); at += ZEROS.byteSize()) {
        long bytes = Math.min(ZEROS.byteSize(), place.byteSize() - at);
        put(place.asSlice(at, bytes), ZEROS.asSlice(0, bytes));
      }
    }
  }

  private MemorySegment gathered() {
    if (gathered == null) {
      gathered = Arena.ofAuto().allocate(MOST_BYTES);
    }
    return gathered;
  }

  private void write(long from, MemorySegment bytes) {
    FileChannel to = Objects.requireNonNull(channel);
    ByteBuffer rest = bytes.asByteBuffer();
    long at = from + fromAddress;
    try {
      while (rest.hasRemaining()) {
        at += to.write(rest, at);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a mapped file could not be written: at=" + at, e);
    }
  }

  @Override
  public void close() {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a mapped file could not be closed", e);
    }
  }
}
