package dev.sampo.protocol.simulation;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.register.TermDisk;
import dev.sampo.protocol.register.VoterDisk;
import dev.sampo.protocol.register.VoterState;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** What of a node survives its processes. */
final class ToyDisk implements VoterDisk, TermDisk {
  /** One side of a shard's store: its bytes, and the record that makes them a version. */
  static final class StoredSide {
    float[] parameters = new float[ToyModel.WIDTH];
    float[] momentum = new float[ToyModel.WIDTH];
    @Nullable CommitRecord record;

    boolean isWhole() {
      return record != null
          && record.parameters().equals(ToyModel.digest(parameters))
          && record.state().equals(ToyModel.digest(momentum));
    }
  }

  /** Sides A and B of one shard. */
  record Store(StoredSide even, StoredSide odd) {
    Store() {
      this(new StoredSide(), new StoredSide());
    }

    StoredSide side(long version) {
      return (version & 1) == 0 ? even : odd;
    }

    /** The record of {@code version} if it is here, else null. */
    @Nullable CommitRecord record(long version) {
      CommitRecord record = side(version).record;
      return record != null && record.version() == version ? record : null;
    }

    long newest() {
      long newest = -1;
      for (StoredSide side : new StoredSide[] {even, odd}) {
        newest = side.record == null ? newest : Math.max(newest, side.record.version());
      }
      return newest;
    }
  }

  private record Key(JobId job, int shard) {}

  private final Map<Key, Store> stores = new HashMap<>();
  private final Plant plant;
  private final BiConsumer<VoterState, VoterState> watch;
  private VoterState voter = VoterState.EMPTY;
  private long counter;

  /**
   * An empty disk.
   *
   * @param watch sees what a voter wrote before and writes now
   */
  ToyDisk(Plant plant, BiConsumer<VoterState, VoterState> watch) {
    this.plant = plant;
    this.watch = watch;
  }

  Store store(JobId job, int shard) {
    return stores.computeIfAbsent(new Key(job, shard), key -> new Store());
  }

  void wipeStores() {
    stores.clear();
  }

  void onProcessDied() {
    if (plant == Plant.VOTERS_FORGET) {
      voter = VoterState.EMPTY;
    }
  }

  @Override
  public VoterState read() {
    return voter;
  }

  @Override
  public void write(VoterState state) {
    watch.accept(voter, state);
    boolean accepts = !Objects.equals(voter.accepted(), state.accepted());
    if (plant != Plant.ACCEPTED_BUT_NOT_STORED || !accepts) {
      voter = state;
    }
  }

  @Override
  public long nextAbove(long floor) {
    counter = Math.max(counter, floor) + 1;
    return counter;
  }
}
