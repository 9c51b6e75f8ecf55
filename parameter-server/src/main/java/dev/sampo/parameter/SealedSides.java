package dev.sampo.parameter;

import dev.sampo.device.Precision;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Fence;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The two sides of a shard and the records that make them versions: version v is side {@code v &
 * 1}. A side is a version if its bytes hash to its record, and nothing else is. Who changes a side
 * opens it first and seals it when its last byte is written. Belongs to the shard's thread.
 */
final class SealedSides implements AutoCloseable {
  private final ShardFiles files;
  private final StoreSync sync;
  private final @Nullable SyncedCopies copies;
  private final SideHash hash;
  private final Scrub scrub;

  /** By side: the record that makes it a version, or null. The memory's copy of the slots. */
  private final @Nullable CommitRecord[] valid = new @Nullable CommitRecord[2];

  private long damaged = -1;
  private boolean closed;

  SealedSides(
      ShardFiles files, Precision precision, StoreSync sync, @Nullable SyncedCopies copies) {
    this.files = files;
    this.hash = new SideHash(precision);
    this.scrub = new Scrub(precision);
    this.sync = sync;
    this.copies = copies;
  }

  /** Finds what the files hold, once, before anything else. */
  void validate(BootMark.Ending ending) throws IOException {
    for (int slot = 0; slot < valid.length; slot++) {
      CommitRecord record = files.slots().read(slot);
      if (record != null && fits(record)) {
        valid[slot] = record;
      } else if (record != null) {
        damaged = Math.max(damaged, record.version());
      }
    }
    boolean nothing = valid[0] == null && valid[1] == null;
    if (copies != null && (nothing || ending == BootMark.Ending.MACHINE_STOPPED)) {
      loadCopies(copies);
    }
  }

  /**
   * Takes the versions that all shards have copies of, even where a newer one survived the power
   * cut here: the others would not have it.
   */
  private void loadCopies(SyncedCopies from) throws IOException {
    boolean[] loaded = new boolean[valid.length];
    for (int slot = 0; slot < valid.length; slot++) {
      CommitRecord copied = from.record(slot);
      if (copied != null && !copied.equals(valid[slot])) {
        open(copied.version());
        if (from.load(copied, files.sides().get(slot), hash)) {
          seal(copied);
        }
      }
      loaded[slot] = copied != null && valid[slot] != null;
    }
    // With one copy alone, as after a restore, what the other side may have kept is no better.
    for (int slot = 0; slot < valid.length; slot++) {
      if (loaded[1 - slot] && !loaded[slot]) {
        open(slot);
      }
    }
  }

  List<CommitRecord> records() {
    return Stream.of(valid)
        .filter(Objects::nonNull)
        .sorted(Comparator.comparingLong(CommitRecord::version).reversed())
        .toList();
  }

  @Nullable CommitRecord record(long version) {
    CommitRecord record = valid[RecordSlots.slotOf(version)];
    return record != null && record.version() == version ? record : null;
  }

  /** In which both sides lie. */
  MappedFile file() {
    return files.file();
  }

  Side side(long version) {
    if (closed) {
      throw new IllegalStateException("the shard is closed: version=" + version);
    }
    return files.sides().get(RecordSlots.slotOf(version));
  }

  /** Makes the side of {@code version} no version, before its first byte changes. */
  Side open(long version) {
    Side side = side(version);
    int slot = RecordSlots.slotOf(version);
    if (copies != null) {
      copies.awaitRead(slot);
    }
    valid[slot] = null;
    files.slots().invalidate(slot);
    return side;
  }

  /** The hash that is to be given every byte of the side that is being written. */
  SideHash hash() {
    return hash;
  }

  /** Makes the side what the bytes say that {@link #hash} was given. */
  CommitRecord seal(long version, @Nullable Fence fence, @Nullable Decision decision) {
    if (copies != null && sync instanceof StoreSync.Interval interval && interval.names(version)) {
      // Once all have reported it, the next copy overwrites the one before the last: so all must
      // have the last one by then.
      copies.awaitSynced(1 - RecordSlots.slotOf(version));
    }
    CommitRecord record =
        new CommitRecord(version, fence, decision, hash.parameters(), hash.state());
    seal(record);
    return record;
  }

  void seal(CommitRecord record) {
    boolean toDisk = sync instanceof StoreSync.EveryVersion;
    if (toDisk) {
      force(files::forceBlocks);
    }
    files.slots().write(record);
    if (toDisk) {
      force(files::forceRecords);
    }
    valid[RecordSlots.slotOf(record.version())] = record;
  }

  /** Says that a version is committed: no replica of any shard can go back behind it. */
  void committed(CommitRecord record) {
    if (copies != null
        && sync instanceof StoreSync.Interval interval
        && interval.names(record.version())) {
      copies.begin(record, side(record.version()));
    }
  }

  /** Neither side is a version, now and after a power cut. */
  void forget() {
    boolean held = valid[0] != null || valid[1] != null;
    open(0);
    open(1);
    if (held) {
      force(files::forceRecords);
    }
    if (copies != null) {
      copies.forget();
    }
  }

  /** Returns when a power cut does not take this version away, unless the store guards nothing. */
  void keepThroughAPowerCut(CommitRecord record) {
    if (copies != null && sync instanceof StoreSync.Interval) {
      copies.begin(record, side(record.version()));
      copies.awaitSynced(RecordSlots.slotOf(record.version()));
    }
  }

  /** The newest version that was whole here and was found not to be any more; -1 for none. */
  long damaged() {
    return damaged;
  }

  /** Whether the side still hashes to its record; if not, it is no version any more. */
  boolean check(CommitRecord record) {
    boolean fits = fits(record);
    if (!fits) {
      drop(record);
    }
    return fits;
  }

  private void drop(CommitRecord unfit) {
    damaged = Math.max(damaged, unfit.version());
    open(unfit.version());
  }

  @Nullable CommitRecord scrub(long budgetBytes) {
    side(0);
    CommitRecord unfit = scrub.goOn(valid, files, budgetBytes);
    if (unfit != null) {
      drop(unfit);
    }
    return unfit;
  }

  boolean fits(CommitRecord record) {
    hash.add(side(record.version()));
    return hash.sealedAs(record);
  }

  /** Returns when nothing that was begun is still on its way to the disk. */
  void awaitSynced() {
    if (copies != null) {
      copies.awaitSynced(0);
      copies.awaitSynced(1);
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      if (copies != null) {
        copies.close();
      }
      if (!(sync instanceof StoreSync.None)) {
        force(files::forceBlocks);
        force(files::forceRecords);
      }
      files.close();
    }
  }

  private interface Forcing {
    void run() throws IOException;
  }

  private static void force(Forcing forcing) {
    try {
      forcing.run();
    } catch (IOException e) {
      throw new UncheckedIOException("a version could not be synced to the disk", e);
    }
  }
}
