package dev.sampo.parameter;

import dev.sampo.protocol.ShardRange;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The two map files of one shard: blocks under keys of (shard, block, side), and its record slots
 * under the shard. They come into being whole: made under other names, synced, then renamed, the
 * records last; without records a shard does not exist.
 *
 * <p>One block's value, padded in the last block:
 *
 * <pre>
 * parameters (blockParameters) | state 0 (blockParameters) | state 1 (blockParameters) | ...
 * </pre>
 */
final class ShardFiles implements AutoCloseable {
  static final String TEMPORARY = ".tmp";
  private static final String RECORDS = ".records";
  private static final String BLOCKS = ".blocks";
  private static final String SYNCED = ".synced-";

  private final Arena arena = Arena.ofShared();
  private final InPlaceMap blocks;
  private final InPlaceMap records;
  private final List<Side> sides;
  private final RecordSlots slots;
  private final Path blocksFile;
  private final Path recordsFile;

  private ShardFiles(
      Path folder, InPlaceMap blocks, InPlaceMap records, StoreGeometry geometry, ShardRange range)
      throws IOException {
    this.blocks = blocks;
    this.records = records;
    this.blocksFile = file(folder, range.shard(), BLOCKS);
    this.recordsFile = file(folder, range.shard(), RECORDS);
    this.slots = new RecordSlots(records.value(range.shard(), arena));
    this.sides = List.of(side(geometry, range, 0), side(geometry, range, 1));
  }

  static boolean exist(Path folder, int shard) {
    return Files.exists(file(folder, shard, RECORDS)) && Files.exists(file(folder, shard, BLOCKS));
  }

  /** The room that both files take at most, in bytes. */
  static long fileBytes(StoreGeometry geometry, ShardRange range) {
    return InPlaceMap.fileBytes(2L * geometry.blocks(range), geometry.blockBytes())
        + InPlaceMap.fileBytes(1, RecordSlots.BYTES);
  }

  /** Makes the files of the synced copies that are missing, whole or not at all. */
  static void createSynced(Path folder, StoreGeometry geometry, ShardRange range)
      throws IOException {
    for (int parity = 0; parity < 2; parity++) {
      Path file = synced(folder, range.shard(), parity);
      if (!Files.exists(file)) {
        Path newFile = temporary(file);
        try {
          SyncedCopies.create(newFile, SyncedCopies.fileBytes(geometry, range), DiskRoom::ofSystem);
          rename(newFile, file);
        } finally {
          Files.deleteIfExists(newFile);
        }
      }
    }
    sync(folder);
  }

  static boolean syncedExist(Path folder, int shard) {
    return Files.exists(synced(folder, shard, 0)) && Files.exists(synced(folder, shard, 1));
  }

  static void create(Path folder, StoreGeometry geometry, ShardRange range) throws IOException {
    Path blocks = file(folder, range.shard(), BLOCKS);
    Path records = file(folder, range.shard(), RECORDS);
    Path newBlocks = temporary(blocks);
    Path newRecords = temporary(records);
    try {
      // What is left of a creation that was cut off between its two renames.
      Files.deleteIfExists(blocks);
      Files.deleteIfExists(records);
      InPlaceMap.create(
          newBlocks, blockKeys(geometry, range), geometry.blockBytes(), DiskRoom::ofSystem);
      InPlaceMap.create(newRecords, recordKeys(range), RecordSlots.BYTES, DiskRoom::ofSystem);
      sync(newBlocks);
      sync(newRecords);
      rename(newBlocks, blocks);
      rename(newRecords, records);
      sync(folder);
    } finally {
      Files.deleteIfExists(newBlocks);
      Files.deleteIfExists(newRecords);
    }
  }

  static ShardFiles open(Path folder, StoreGeometry geometry, ShardRange range) throws IOException {
    InPlaceMap blocks =
        InPlaceMap.open(
            file(folder, range.shard(), BLOCKS), blockKeys(geometry, range), geometry.blockBytes());
    InPlaceMap records;
    try {
      records =
          InPlaceMap.open(
              file(folder, range.shard(), RECORDS), recordKeys(range), RecordSlots.BYTES);
    } catch (IOException | RuntimeException e) {
      blocks.close();
      throw e;
    }
    try {
      return new ShardFiles(folder, blocks, records, geometry, range);
    } catch (IOException | RuntimeException e) {
      blocks.close();
      records.close();
      throw e;
    }
  }

  /** In which both sides lie. */
  MappedFile file() {
    return blocks.file();
  }

  List<Side> sides() {
    return sides;
  }

  RecordSlots slots() {
    return slots;
  }

  /**
   * Returns when what was written into the blocks is on the disk. A sync of the file takes in what
   * was written through its mapping, and only side pages that changed are written.
   */
  void forceBlocks() throws IOException {
    sync(blocksFile);
  }

  /** Returns when the records are on the disk. */
  void forceRecords() throws IOException {
    sync(recordsFile);
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
      blocks.close();
      records.close();
    }
  }

  /** Syncs a file's or a folder's content to the disk. */
  static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private Side side(StoreGeometry geometry, ShardRange range, int side) throws IOException {
    List<Block> views = new ArrayList<>();
    long planeBytes = (long) geometry.blockParameters() * Float.BYTES;
    for (int block = 0; block < geometry.blocks(range); block++) {
      MemorySegment value = blocks.value(blockKey(range, block, side), arena);
      long from = (long) block * geometry.blockParameters();
      long bytes = Math.min(geometry.blockParameters(), range.parameters() - from) * Float.BYTES;
      List<MemorySegment> state = new ArrayList<>();
      for (int kind = 1; kind <= geometry.stateFloats(); kind++) {
        state.add(value.asSlice(kind * planeBytes, bytes));
      }
      views.add(new Block(range.first() + from, value.asSlice(0, bytes), state));
    }
    return new Side(views, geometry.stateFloats());
  }

  /** All of side A, then all of side B: what a step writes lies together. */
  private static long[] blockKeys(StoreGeometry geometry, ShardRange range) {
    int blocks = geometry.blocks(range);
    long[] keys = new long[2 * blocks];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = blockKey(range, i % blocks, i / blocks);
    }
    return keys;
  }

  private static long[] recordKeys(ShardRange range) {
    return new long[] {range.shard()};
  }

  private static long blockKey(ShardRange range, int block, int side) {
    return ((long) range.shard() << Integer.SIZE) | (long) block << 1 | side;
  }

  private static Path file(Path folder, int shard, String kind) {
    return folder.resolve(String.format(Locale.ROOT, "shard-%03d%s", shard, kind));
  }

  static void rename(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Where the synced copies of versions of one parity lie. */
  static Path synced(Path folder, int shard, int parity) {
    return file(folder, shard, SYNCED + parity);
  }

  private static Path temporary(Path file) {
    return file.resolveSibling(file.getFileName() + TEMPORARY);
  }
}
