package dev.sampo.parameter;

import dev.sampo.protocol.ShardRange;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/**
 * One node's shards of one job, in one folder, of which it is the only user:
 *
 * <pre>
 * store.lock          held while the store is open; says by which process
 * store.layout        what the folder holds
 * shard-003.blocks    both sides of shard 3
 * shard-003.records   the records that make them versions
 * shard-003.synced-0  the last copies for a power cut, by parity (store.sync = interval)
 * store.boot          under which boot of the machine it is open
 * </pre>
 *
 * A node holds some of the job's shards, and may be given more while it runs. Nothing is written
 * outside the folder. Any thread may call it; opening a shard makes and reads files, so it does not
 * belong on a thread that must not wait.
 */
public final class ShardStore implements AutoCloseable {
  /** Room that must be there for each byte to be written, in tenths: a disk is never filled up. */
  private static final long ROOM_TENTHS = 11;

  /** How much room a folder's disk has, in bytes. */
  @FunctionalInterface
  interface FreeSpace {
    long bytes(Path folder) throws IOException;
  }

  /**
   * What the store asks of its machine.
   *
   * @param boot which boot of it this is
   */
  record Machine(FreeSpace freeSpace, String boot) {
    static Machine real() throws IOException {
      return new Machine(at -> Files.getFileStore(at).getUsableSpace(), BootMark.thisBoot());
    }
  }

  private final Path folder;
  private final StoreGeometry geometry;
  private final ShardRules rules;
  private final FreeSpace freeSpace;
  private final FolderLock lock;
  private final BootMark.Ending ending;
  private final Map<Integer, StoredShard> open = new TreeMap<>();

  /** One writer: copies of several shards go to the disk one after another. */
  private final ExecutorService copier =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("store-copier").daemon().factory());

  private boolean closed;

  private ShardStore(
      Path folder, StoreGeometry geometry, ShardRules rules, FreeSpace freeSpace, Opened opened) {
    this.folder = folder;
    this.geometry = geometry;
    this.rules = rules;
    this.freeSpace = freeSpace;
    this.lock = opened.lock();
    this.ending = opened.ending();
  }

  private record Opened(FolderLock lock, BootMark.Ending ending) {}

  /**
   * Opens the store in {@code folder}, which is made if it is missing.
   *
   * @throws StoreRefusedException if another process or opening uses it, it is of another job,
   *     geometry or layout, or cannot be read and written
   */
  public static ShardStore open(Path folder, StoreGeometry geometry, ShardRules rules) {
    try {
      return open(folder, geometry, rules, Machine.real());
    } catch (IOException e) {
      throw unusable(folder, e);
    }
  }

  static ShardStore open(Path folder, StoreGeometry geometry, ShardRules rules, Machine machine) {
    if (rules.arithmetic().stateFloats() != geometry.stateFloats()) {
      throw new IllegalArgumentException(
          "the store has room for the optimizer's state: optimizer.stateFloats="
              + rules.arithmetic().stateFloats()
              + ", store.stateFloats="
              + geometry.stateFloats());
    }
    try {
      Files.createDirectories(folder);
      FolderLock lock = FolderLock.acquire(folder);
      try {
        deleteTemporaries(folder);
        StoreDescriptor.writeOrCheck(folder, geometry);
        Opened opened = new Opened(lock, BootMark.open(folder, machine.boot()));
        return new ShardStore(folder, geometry, rules, machine.freeSpace(), opened);
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw unusable(folder, e);
    }
  }

  /** The shards that have files here, in order; whether they hold a version is another question. */
  public List<Integer> shards() {
    return IntStream.range(0, geometry.ranges().size())
        .filter(shard -> ShardFiles.exist(folder, shard))
        .boxed()
        .toList();
  }

  public StoreGeometry geometry() {
    return geometry;
  }

  /**
   * Opens a shard, which is made with no version in it if it is missing, and checks what its sides
   * hold against their records.
   *
   * @throws StoreRefusedException if there is too little room, or its files cannot be used
   */
  public synchronized StoredShard open(int shard) {
    ShardRange range = geometry.range(shard);
    if (closed || open.containsKey(shard)) {
      throw new IllegalStateException(
          "a shard is opened once, in an open store: shard="
              + shard
              + ", folder="
              + folder
              + ", closed="
              + closed);
    }
    try {
      boolean isNew = makeFiles(range);
      SealedSides sides = openSides(range);
      StoredShard opened = new StoredShard(range, geometry, rules, sides, isNew, this);
      open.put(shard, opened);
      StoreRehearsal.skip();
      return opened;
    } catch (IOException e) {
      throw new StoreRefusedException(
          "a shard's files can be made and read: folder="
              + folder
              + ", shard="
              + shard
              + ", reason="
              + e.getMessage()
              + "; hint: free the disk, or remove this shard's two files and let it be healed from"
              + " another replica",
          e);
    }
  }

  /** Makes what is missing; says whether the shard's own file is new. */
  private boolean makeFiles(ShardRange range) throws IOException {
    boolean exists = ShardFiles.exist(folder, range.shard());
    boolean synced =
        !(rules.store().sync() instanceof StoreSync.Interval)
            || ShardFiles.syncedExist(folder, range.shard());
    if (exists && synced) {
      return false;
    }
    requireRoom(
        range,
        (exists ? 0 : ShardFiles.fileBytes(geometry, range))
            + (synced ? 0 : 2 * SyncedCopies.fileBytes(geometry, range)));
    if (!exists) {
      ShardFiles.create(folder, geometry, range);
    }
    if (!synced) {
      ShardFiles.createSynced(folder, geometry, range);
    }
    return !exists;
  }

  private SealedSides openSides(ShardRange range) throws IOException {
    ShardFiles files = ShardFiles.open(folder, geometry, range);
    SealedSides sides;
    try {
      // Copies that are there are used, whatever the setting is now.
      SyncedCopies copies =
          ShardFiles.syncedExist(folder, range.shard())
              ? SyncedCopies.open(folder, range.shard(), copier)
              : null;
      sides = new SealedSides(files, rules.precision(), rules.store().sync(), copies);
    } catch (IOException e) {
      files.close();
      throw e;
    }
    try {
      sides.validate(ending);
      return sides;
    } catch (IOException | RuntimeException e) {
      sides.close();
      throw e;
    }
  }

  /** Closes every shard, then gives the folder free. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    List.copyOf(open.values()).forEach(StoredShard::close);
    copier.close();
    try {
      if (!(rules.store().sync() instanceof StoreSync.None)) {
        BootMark.closed(folder);
      }
      lock.close();
    } catch (IOException e) {
      throw unusable(folder, e);
    }
  }

  synchronized void forgetClosed(StoredShard shard) {
    open.remove(shard.range().shard(), shard);
  }

  private void requireRoom(ShardRange range, long bytes) throws IOException {
    long needed = bytes * ROOM_TENTHS / 10;
    long free = freeSpace.bytes(folder);
    long quota = rules.store().quotaBytes();
    long used = quota == StoreRules.NO_QUOTA ? 0 : usedBytes();
    if (free < needed || quota - used < bytes) {
      throw new StoreRefusedException(
          "a new shard needs room on the disk and in the store's quota: folder="
              + folder
              + ", shard="
              + range.shard()
              + ", neededBytes="
              + needed
              + ", freeBytes="
              + free
              + (quota == StoreRules.NO_QUOTA
                  ? ""
                  : ", quotaBytes=" + quota + ", usedBytes=" + used)
              + "; hint: free the disk or raise node.store.quota, or give the node a folder on"
              + " another disk");
    }
  }

  private long usedBytes() throws IOException {
    long used = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        used += Files.size(file);
      }
    }
    return used;
  }

  /** What creations that were cut off left behind. */
  private static void deleteTemporaries(Path folder) throws IOException {
    try (DirectoryStream<Path> stale =
        Files.newDirectoryStream(folder, "*" + ShardFiles.TEMPORARY)) {
      for (Path file : stale) {
        Files.delete(file);
      }
    }
  }

  private static StoreRefusedException unusable(Path folder, IOException e) {
    return new StoreRefusedException(
        "a store's folder can be read and written: folder="
            + folder
            + ", reason="
            + e.getMessage()
            + "; hint: check the path and its owner",
        e);
  }
}
