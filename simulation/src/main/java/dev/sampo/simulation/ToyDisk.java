package dev.sampo.simulation;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.register.TermDisk;
import dev.sampo.protocol.register.VoterDisk;
import dev.sampo.protocol.register.VoterState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** What of a node survives its processes. */
final class ToyDisk implements VoterDisk, TermDisk {
  /** One side of a shard's store: its bytes, and the record that makes them a version. */
  static final class StoredSide {
    float[] parameters = new float[ToyModel.WIDTH];
    float[] momentum = new float[ToyModel.WIDTH];
    @Nullable CommitRecord record;

    /** The version that its record named when its bytes turned out to be others; -1 for none. */
    long damaged = -1;

    void forget() {
      record = null;
      damaged = -1;
    }

    boolean isWhole() {
      return record != null
          && record.parameters().equals(ToyModel.digest(parameters))
          && record.state().equals(ToyModel.digest(momentum));
    }

    void become(StoredSide other) {
      parameters = other.parameters.clone();
      momentum = other.momentum.clone();
      record = other.record;
      damaged = other.damaged;
    }
  }

  /** Sides A and B of one shard, and what of them a power cut would leave. */
  static final class Store {
    final StoredSide even = new StoredSide();
    final StoredSide odd = new StoredSide();
    private final StoredSide syncedEven = new StoredSide();
    private final StoredSide syncedOdd = new StoredSide();

    StoredSide side(long version) {
      return (version & 1) == 0 ? even : odd;
    }

    List<StoredSide> sides() {
      return List.of(even, odd);
    }

    /** The record of {@code version} if it is here, else null. */
    @Nullable CommitRecord record(long version) {
      CommitRecord record = side(version).record;
      return record != null && record.version() == version ? record : null;
    }

    /** The newest version that is whole, -1 for none. */
    long newest() {
      return Math.max(versionOf(even), versionOf(odd));
    }

    /** Whether {@code version} or a newer one is here, and nothing newer was damaged. */
    boolean isSound(long version) {
      long newest = newest();
      boolean damaged =
          sides().stream()
              .anyMatch(side -> side.damaged > newest || (side.record != null && !side.isWhole()));
      return newest >= version && !damaged;
    }

    private static long versionOf(StoredSide side) {
      return side.record == null || !side.isWhole() ? -1 : side.record.version();
    }

    /** Nothing that is held now comes back, whatever happens to the power. */
    void forget(boolean keepsSynced) {
      sides().forEach(StoredSide::forget);
      if (!keepsSynced) {
        syncedEven.forget();
        syncedOdd.forget();
      }
    }

    void sync() {
      syncedEven.become(even);
      syncedOdd.become(odd);
    }
  }

  private record Key(JobId job, int shard) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int byShard = Integer.compare(shard, other.shard);
      return byShard != 0 ? byShard : job.value().compareTo(other.job.value());
    }
  }

  private final Map<Key, Store> stores = new TreeMap<>();
  private final Sabotage sabotage;
  private final BiConsumer<VoterState, VoterState> watch;
  private VoterState voter = VoterState.EMPTY;
  private long counter;

  /**
   * An empty disk.
   *
   * @param watch sees what a voter wrote before and writes now
   */
  ToyDisk(Sabotage sabotage, BiConsumer<VoterState, VoterState> watch) {
    this.sabotage = sabotage;
    this.watch = watch;
  }

  Store store(JobId job, int shard) {
    return stores.computeIfAbsent(new Key(job, shard), key -> new Store());
  }

  void wipeStores() {
    stores.clear();
  }

  void syncAll() {
    stores.values().forEach(Store::sync);
  }

  /** Flips a bit of the newest side of some store. */
  void flipABit(int which) {
    List<Store> all = new ArrayList<>(stores.values());
    if (!all.isEmpty()) {
      Store store = all.get(which % all.size());
      StoredSide side = store.side(Math.max(0, store.newest()));
      float[] bytes = (which & 64) == 0 ? side.parameters : side.momentum;
      int at = which % ToyModel.WIDTH;
      bytes[at] = Float.intBitsToFloat(Float.floatToRawIntBits(bytes[at]) ^ 1 << which % 20);
    }
  }

  /** Some bytes of what was not synced reached the disk, some did not; records are small. */
  void onPowerCut(int which) {
    int bit = 0;
    for (Store store : stores.values()) {
      boolean torn = (which >>> bit++ % 10 & 1) == 1;
      float[] written = store.even.momentum;
      store.even.become(store.syncedEven);
      store.odd.become(store.syncedOdd);
      if (torn) {
        store.even.momentum = written.clone();
      }
    }
  }

  void onProcessDied() {
    voter = sabotage.afterRestart(voter);
    counter = sabotage.counterAfterRestart(counter);
  }

  @Override
  public VoterState read() {
    return voter;
  }

  @Override
  public void write(VoterState state) {
    VoterState written = sabotage.written(voter, state);
    watch.accept(voter, written);
    voter = written;
  }

  @Override
  public long nextAbove(long floor) {
    counter = Math.max(counter, floor) + 1;
    return counter;
  }
}
