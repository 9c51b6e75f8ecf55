package dev.sampo.parameter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One process uses a store's folder, once. The lock is on a file of its own, which holds the
 * process's id and stays behind: removing it would let two processes lock two files of one name.
 */
final class FolderLock implements AutoCloseable {
  private static final String NAME = "store.lock";
  private static final int MAX_PID_BYTES = 32;

  /**
   * The folders this process holds. Static and mutable against our rule, since it mirrors what the
   * operating system keeps for each process: merely closing a second channel on the file would drop
   * the first one's lock, so a second opening must be refused before it touches the file.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final FileChannel channel;

  private FolderLock(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  static FolderLock acquire(Path folder) throws IOException {
    Path real = folder.toRealPath();
    if (!HELD.add(real)) {
      throw refused(real, Long.toString(ProcessHandle.current().pid()));
    }
    @Nullable FileChannel channel = null;
    boolean locked = false;
    try {
      channel =
          FileChannel.open(
              real.resolve(NAME),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      // The lock lives as long as its channel.
      @Nullable FileLock lock = channel.tryLock();
      if (lock == null) {
        throw refused(real, read(channel));
      }
      write(channel, Long.toString(ProcessHandle.current().pid()));
      locked = true;
      return new FolderLock(real, channel);
    } finally {
      if (!locked) {
        if (channel != null) {
          channel.close();
        }
        HELD.remove(real);
      }
    }
  }

  @Override
  public void close() throws IOException {
    if (channel.isOpen()) {
      channel.close();
      HELD.remove(folder);
    }
  }

  private static String read(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(MAX_PID_BYTES);
    int length = channel.read(bytes, 0);
    return length > 0
        ? new String(bytes.array(), 0, length, StandardCharsets.US_ASCII).strip()
        : "unknown";
  }

  private static void write(FileChannel channel, String pid) throws IOException {
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)), 0);
  }

  private static StoreRefusedException refused(Path folder, String pid) {
    return new StoreRefusedException(
        "one process uses a store: folder="
            + folder
            + ", pid="
            + pid
            + "; hint: stop that process, or give this node a folder of its own");
  }
}
