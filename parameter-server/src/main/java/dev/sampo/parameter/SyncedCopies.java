package dev.sampo.parameter;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.ShardRange;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Two files with the last two versions of a shard that were copied for a power cut, by parity. The
 * sides themselves cannot serve: both are rewritten in place within two steps, and the operating
 * system writes their pages whenever it likes.
 *
 * <pre>
 *    0  record slots, as in {@link RecordSlots}: the one of the file's parity is used
 * 1024  block 0: parameters, then each kind of state | block 1 | ...
 * </pre>
 *
 * Record and bytes are written and synced together: if they do not fit, or the file is shorter,
 * because the power went in between, it holds no version, and the other one does. {@link #begin}
 * and {@link #awaitRead} belong to the shard's thread; writing runs on the executor.
 */
final class SyncedCopies implements AutoCloseable {
  private final List<FileChannel> files;
  private final Executor executor;

  /** By parity: ends when the side's bytes have been read and may be overwritten. */
  private final CompletableFuture<?>[] read = {done(), done()};

  /** By parity: ends when the file is on the disk. */
  private final CompletableFuture<?>[] synced = {done(), done()};

  /** By parity: whether the file says that it holds a version, or may say so soon. */
  private final boolean[] holds = new boolean[2];

  private SyncedCopies(List<FileChannel> files, Executor executor) {
    this.files = files;
    this.executor = executor;
  }

  static SyncedCopies open(Path folder, int shard, Executor executor) throws IOException {
    List<FileChannel> files = new ArrayList<>();
    try {
      for (int parity = 0; parity < 2; parity++) {
        files.add(
            FileChannel.open(
                ShardFiles.synced(folder, shard, parity),
                StandardOpenOption.READ,
                StandardOpenOption.WRITE));
      }
      SyncedCopies copies = new SyncedCopies(List.copyOf(files), executor);
      for (int parity = 0; parity < 2; parity++) {
        copies.holds[parity] = copies.record(parity) != null;
      }
      return copies;
    } catch (IOException e) {
      close(files);
      throw e;
    }
  }

  static long fileBytes(StoreGeometry geometry, ShardRange range) {
    return RecordSlots.BYTES + geometry.sideBytes(range);
  }

  /**
   * Makes a file at its full length, so that a full disk is met now and not in a step. It need not
   * be on the disk before a version is: a node that is waited for would wait for that.
   */
  static void create(Path file, long bytes, DiskRoom room) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      if (!room.reserve(file, bytes)) {
        writeZeros(channel, bytes);
      }
    }
  }

  private static void writeZeros(FileChannel channel, long bytes) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
    for (long at = 0; at < bytes; ) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), bytes - at));
      at += channel.write(zeros, at);
    }
  }

  /** Begins to copy a version that no step overwrites before {@link #awaitRead} has returned. */
  void begin(CommitRecord record, Side side) {
    int parity = RecordSlots.slotOf(record.version());
    if (holds[parity] && !holds[1 - parity]) {
      // A restored version may be of any parity: what is there alone is not overwritten.
      return;
    }
    holds[parity] = true;
    CompletableFuture<Void> reading = new CompletableFuture<>();
    read[parity] = reading;
    synced[parity] =
        CompletableFuture.runAsync(
            () -> {
              try {
                write(files.get(parity), record, side);
                reading.complete(null);
                files.get(parity).force(true);
              } catch (IOException e) {
                throw new UncheckedIOException("a version is copied for a power cut", e);
              } finally {
                reading.complete(null);
              }
            },
            executor);
  }

  /**
   * Returns when no copy reads the side of that parity.
   *
   * @throws StoreRefusedException if the last copy of that side failed
   */
  void awaitRead(int parity) {
    read[parity].join();
    if (synced[parity].isCompletedExceptionally()) {
      awaitSynced(parity);
    }
  }

  /** Returns when the last copy of that parity is on the disk. */
  void awaitSynced(int parity) {
    try {
      synced[parity].join();
    } catch (CompletionException e) {
      throw new StoreRefusedException(
          "a version could not be copied for a power cut: reason="
              + e.getCause()
              + "; hint: check the disk, or set node.store.sync = none",
          e);
    }
  }

  /** Makes both files hold no version. */
  void forget() {
    for (int parity = 0; parity < 2; parity++) {
      // A copy that failed left no version that could come back.
      synced[parity].handle((result, failure) -> null).join();
      synced[parity] = done();
      if (holds[parity]) {
        erase(parity);
        holds[parity] = false;
      }
    }
  }

  private void erase(int parity) {
    try (Arena arena = Arena.ofConfined()) {
      FileChannel file = files.get(parity);
      MemorySegment zeros = arena.allocate(RecordSlots.BYTES, Long.BYTES);
      transfer(zeros, part -> file.write(part.buffer(), part.position()), 0);
      file.force(false);
    } catch (IOException e) {
      throw new StoreRefusedException(
          "what a store has given up must not come back after a power cut: reason="
              + e
              + "; hint: check the disk, or set node.store.sync = none",
          e);
    }
  }

  /** What a file says that it holds. */
  @Nullable CommitRecord record(int parity) throws IOException {
    FileChannel file = files.get(parity);
    if (file.size() < RecordSlots.BYTES) {
      return null;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment head = arena.allocate(RecordSlots.BYTES, Long.BYTES);
      transfer(head, part -> file.read(part.buffer(), part.position()), 0);
      return new RecordSlots(head).read(parity);
    }
  }

  /**
   * Loads the version that a file holds into its side.
   *
   * @return whether the bytes fit the record
   */
  boolean load(CommitRecord record, Side side, SideHash hash) throws IOException {
    FileChannel file = files.get(RecordSlots.slotOf(record.version()));
    if (file.size() < RecordSlots.BYTES + side.bytes()) {
      return false;
    }
    long at = RecordSlots.BYTES;
    for (Block block : side.blocks()) {
      at = transfer(block, part -> file.read(part.buffer(), part.position()), at);
      hash.add(block);
    }
    return hash.sealedAs(record);
  }

  @Override
  public void close() {
    for (int parity = 0; parity < 2; parity++) {
      // Whether it went well was for the shard to ask: nothing more depends on it here.
      synced[parity].handle((result, failure) -> null).join();
    }
    close(files);
  }

  private static void write(FileChannel file, CommitRecord record, Side side) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment head = arena.allocate(RecordSlots.BYTES, Long.BYTES);
      new RecordSlots(head).write(record);
      transfer(head, part -> file.write(part.buffer(), part.position()), 0);
    }
    long at = RecordSlots.BYTES;
    for (Block block : side.blocks()) {
      at = transfer(block, part -> file.write(part.buffer(), part.position()), at);
    }
  }

  /** A part of a segment that still has to be moved, and its place in the file. */
  private record Part(ByteBuffer buffer, long position) {}

  @FunctionalInterface
  private interface Move {
    int bytes(Part part) throws IOException;
  }

  private static long transfer(Block block, Move move, long at) throws IOException {
    long position = transfer(block.parameters(), move, at);
    for (MemorySegment state : block.state()) {
      position = transfer(state, move, position);
    }
    return position;
  }

  private static long transfer(MemorySegment segment, Move move, long at) throws IOException {
    ByteBuffer buffer = segment.asByteBuffer();
    long position = at;
    while (buffer.hasRemaining()) {
      int moved = move.bytes(new Part(buffer, position));
      if (moved < 0) {
        throw new EOFException("a copy has the length of its side: bytes=" + position);
      }
      position += moved;
    }
    return position;
  }

  private static CompletableFuture<Void> done() {
    return CompletableFuture.completedFuture(null);
  }

  private static void close(List<FileChannel> files) {
    for (FileChannel file : files) {
      try {
        file.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
