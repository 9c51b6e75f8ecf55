package dev.sampo.actors.node;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.register.TermDisk;
import dev.sampo.protocol.register.VoterDisk;
import dev.sampo.protocol.register.VoterState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * What a node keeps besides its shards: its number of lives, its terms, its vote. Each is a small
 * file that is replaced whole, and with the disk before the call returns. One process at a time.
 */
final class NodeFolder implements VoterDisk, TermDisk, AutoCloseable {
  private static final String LOCK = "node.lock";
  private static final String INCARNATION = "incarnation";
  private static final String TERM = "term";
  private static final String VOTER = "voter.json";

  /** Low bits of an incarnation that tell nodes apart whose clocks agree. */
  private static final int NAME_BITS = 12;

  private final Path folder;
  private final ObjectMapper json = new ObjectMapper();
  private final FileChannel lockFile;

  private NodeFolder(Path folder, FileChannel lockFile) {
    this.folder = folder;
    this.lockFile = lockFile;
  }

  /**
   * Opens the folder, which is made if it is missing.
   *
   * @throws NodeFailure if it cannot be written or another process uses it
   */
  static NodeFolder open(Path folder) {
    try {
      Files.createDirectories(folder);
      FileChannel lockFile =
          FileChannel.open(
              folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (lock(lockFile) == null) {
        lockFile.close();
        throw new NodeFailure(
            "a node's folder belongs to one process at a time: node.folder="
                + folder
                + "; hint: stop the node that uses it, or set another node.folder");
      }
      return new NodeFolder(folder, lockFile);
    } catch (IOException e) {
      throw new NodeFailure(
          "a node's folder must be writable: node.folder="
              + folder
              + ", reason="
              + e
              + "; hint: set node.folder to a folder that this user may write",
          e);
    }
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // Held by this very process: as much in use as if another held it.
      return null;
    }
  }

  Path path() {
    return folder;
  }

  /** A new life: its number is above all earlier ones and, with the name in it, nobody else's. */
  Member begin(NodeId node, long wallClockMs) {
    long last = readNumber(INCARNATION);
    long fresh = Math.max(wallClockMs, (last >>> NAME_BITS) + 1) << NAME_BITS;
    long mask = (1L << NAME_BITS) - 1;
    long incarnation = fresh | (node.name().hashCode() & mask);
    replace(INCARNATION, Long.toString(incarnation));
    return new Member(node, incarnation);
  }

  @Override
  public long nextAbove(long floor) {
    long next = Math.max(readNumber(TERM), floor) + 1;
    replace(TERM, Long.toString(next));
    return next;
  }

  @Override
  public VoterState read() {
    Path file = folder.resolve(VOTER);
    try {
      return Files.exists(file)
          ? json.readValue(Files.readString(file), VoterState.class)
          : VoterState.EMPTY;
    } catch (IOException e) {
      throw new UncheckedIOException("a voter's state must be readable: file=" + file, e);
    }
  }

  @Override
  public void write(VoterState state) {
    try {
      replace(VOTER, json.writeValueAsString(state));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException("a voter's state can be written as JSON: state=" + state, e);
    }
  }

  private long readNumber(String name) {
    Path file = folder.resolve(name);
    try {
      return Files.exists(file) ? Long.parseLong(Files.readString(file).strip()) : 0;
    } catch (IOException e) {
      throw new UncheckedIOException("a node's own number must be readable: file=" + file, e);
    }
  }

  private void replace(String name, String text) {
    Path file = folder.resolve(name);
    Path temporary = folder.resolve(name + ".tmp");
    try {
      try (FileChannel out =
          FileChannel.open(
              temporary,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        out.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        out.force(true);
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
        directory.force(true);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a node's state must reach its disk: file=" + file, e);
    }
  }

  @Override
  public void close() {
    try {
      lockFile.close();
    } catch (IOException e) {
      throw new UncheckedIOException("a node's lock cannot be given back: folder=" + folder, e);
    }
  }
}
