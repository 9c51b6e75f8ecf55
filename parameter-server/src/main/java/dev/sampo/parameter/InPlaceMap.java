package dev.sampo.parameter;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import net.openhft.chronicle.hash.Data;
import net.openhft.chronicle.map.ChronicleMap;
import net.openhft.chronicle.map.ChronicleMapBuilder;
import net.openhft.chronicle.map.ExternalMapQueryContext;
import net.openhft.chronicle.map.MapEntry;
import org.jspecify.annotations.Nullable;

/**
 * A Chronicle Map as a directory from keys to places in a mapped file. After its creation nothing
 * is ever put: values of one fixed size are written where they lie.
 *
 * <p>Why each setting: one segment, or addresses would go stale when a segment grows; no tiering,
 * so a map that is too small says so; alignment to a cache line for the vector kernels; no checksum
 * of entries, which writing in place would break; no exit hook, which would unmap the file under
 * running threads. It holds the map strongly: a map that is collected is unmapped.
 */
final class InPlaceMap implements AutoCloseable {
  private static final int ALIGNMENT_BYTES = 64;

  /** What the file holds besides the values; a test holds it against real files. */
  private static final long OVERHEAD_BYTES = 256 * 1024;

  private static final long OVERHEAD_BYTES_PER_ENTRY = 256;

  private final ChronicleMap<Long, byte[]> map;
  private final MappedFile file;
  private final int valueBytes;

  private InPlaceMap(ChronicleMap<Long, byte[]> map, MappedFile file, int valueBytes) {
    this.map = map;
    this.file = file;
    this.valueBytes = valueBytes;
  }

  /** At most this many bytes will a file of so many values take. */
  static long fileBytes(long entries, int valueBytes) {
    return OVERHEAD_BYTES + entries * (OVERHEAD_BYTES_PER_ENTRY + valueBytes);
  }

  /**
   * Makes the file with all its values, zeroed and contiguous in the order of the keys given.
   *
   * @throws IOException if the disk has no room for all of it
   */
  static void create(Path file, long[] keys, int valueBytes, DiskRoom room) throws IOException {
    // Not sparse: a full disk must be refused here, not end the process by a signal later.
    try (ChronicleMap<Long, byte[]> map =
        builder(file, keys.length, valueBytes).createPersistedTo(file.toFile())) {
      if (room.reserve(file, Files.size(file))) {
        insertUnwritten(map, keys, valueBytes);
      } else {
        byte[] zeros = new byte[valueBytes];
        for (long key : keys) {
          map.put(key, zeros);
        }
      }
    } catch (RuntimeException e) {
      throw refused(file, e);
    }
  }

  private static void insertUnwritten(ChronicleMap<Long, byte[]> map, long[] keys, int valueBytes) {
    UnwrittenZeros value = new UnwrittenZeros(valueBytes);
    for (int i = 0; i < keys.length; i++) {
      try (ExternalMapQueryContext<Long, byte[], ?> query = map.queryContext(keys[i])) {
        query.writeLock().lock();
        Objects.requireNonNull(query.absentEntry(), "keys are unlike").doInsert(value);
        if (i == 0) {
          // Of each value only the page with its key is written: five times as fast.
          Data<byte[]> first = Objects.requireNonNull(query.entry()).value();
          PageAdvice.touchedSingly(address(first), (keys.length - 1L) * valueBytes);
        }
      }
    }
  }

  private static long address(Data<byte[]> value) {
    return value.bytes().addressForRead(value.offset());
  }

  /** Opens a file that {@link #create} made with as many keys and the same size of values. */
  static InPlaceMap open(Path file, long[] keys, int valueBytes) throws IOException {
    // Looked at first: the library waits a minute for a file without a header to get one.
    if (Files.size(file) < (long) keys.length * valueBytes) {
      throw new IOException(
          "a map file has room for its values: file="
              + file.getFileName()
              + ", bytes="
              + Files.size(file)
              + ", values="
              + keys.length
              + ", valueBytes="
              + valueBytes);
    }
    ChronicleMap<Long, byte[]> map = unlocked(file, keys, valueBytes);
    try {
      if (map.longSize() != keys.length) {
        throw new IOException(
            "a map holds one value a key: file="
                + file.getFileName()
                + ", values="
                + map.longSize()
                + ", keys="
                + keys.length);
      }
      return new InPlaceMap(map, mappedFile(map, file, keys[0]), valueBytes);
    } catch (IOException | RuntimeException e) {
      map.close();
      throw e;
    }
  }

  private static MappedFile mappedFile(ChronicleMap<Long, byte[]> map, Path file, long key)
      throws IOException {
    try (ExternalMapQueryContext<Long, byte[], ?> query = map.queryContext(key)) {
      @Nullable MapEntry<Long, byte[]> entry = query.entry();
      return entry == null
          ? MappedFile.throughItsMapping()
          : MappedFile.around(address(entry.value()), file);
    }
  }

  /** The file of the values, to be written past its mapping. */
  MappedFile file() {
    return file;
  }

  /**
   * The value's place in the file, which ends with {@code arena}: close that before this map, so
   * that a late reader gets an exception and not a crash.
   */
  @SuppressWarnings("restricted") // the map says where its value lies; its size was checked
  MemorySegment value(long key, Arena arena) throws IOException {
    try (ExternalMapQueryContext<Long, byte[], ?> query = map.queryContext(key)) {
      @Nullable MapEntry<Long, byte[]> entry = query.entry();
      if (entry == null) {
        throw new IOException("a map has every key: file=" + map.file() + ", key=" + key);
      }
      Data<byte[]> value = entry.value();
      long address = address(value);
      if (value.size() != valueBytes || address % ALIGNMENT_BYTES != 0) {
        throw new IOException(
            "a value has its size and lies on a cache line: file="
                + map.file()
                + ", bytes="
                + value.size()
                + ", expectedBytes="
                + valueBytes
                + ", address="
                + address);
      }
      return MemorySegment.ofAddress(address).reinterpret(valueBytes, arena, null);
    }
  }

  @Override
  public void close() {
    map.close();
    file.close();
  }

  private static ChronicleMap<Long, byte[]> unlocked(Path file, long[] keys, int valueBytes)
      throws IOException {
    ChronicleMapBuilder<Long, byte[]> builder = builder(file, keys.length, valueBytes);
    try {
      ChronicleMap<Long, byte[]> map = builder.createPersistedTo(file.toFile());
      if (!isLocked(map, keys[0])) {
        return map;
      }
      // Its last user was killed while it looked up a value.
      map.close();
      return builder.recoverPersistedTo(file.toFile(), true);
    } catch (RuntimeException e) {
      throw refused(file, e);
    }
  }

  private static IOException refused(Path file, RuntimeException cause) {
    return new IOException(
        "the map library can use the file: file=" + file.getFileName() + ", reason=" + cause,
        cause);
  }

  private static boolean isLocked(ChronicleMap<Long, byte[]> map, long key) {
    try (ExternalMapQueryContext<Long, byte[], ?> query = map.queryContext(key)) {
      return !query.writeLock().tryLock();
    }
  }

  private static ChronicleMapBuilder<Long, byte[]> builder(Path file, long entries, int bytes) {
    return ChronicleMapBuilder.of(Long.class, byte[].class)
        .name(String.valueOf(file.getFileName()))
        .entries(entries)
        .constantValueSizeBySample(new byte[bytes])
        .actualSegments(1)
        .entryAndValueOffsetAlignment(ALIGNMENT_BYTES)
        .checksumEntries(false)
        .allowSegmentTiering(false)
        .skipCloseOnExitHook(true);
  }
}
