package dev.sampo.protocol.simulation;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.GradientFacts;
import dev.sampo.protocol.shard.ShardMemory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A shard's memory of a few floats. Strict: a handle that is used after its end, or an end that
 * never comes, is a violation.
 */
final class ToyShardMemory implements ShardMemory {
  /** A gradient, and whether all of it was computed from the version that it names. */
  static final class Handle implements Gradient {
    final float[] values;
    final boolean clean;
    private boolean alive = true;

    private Handle(float[] values, boolean clean) {
      this.values = values;
      this.clean = clean;
    }
  }

  private final int shard;
  private final ToyModel model;
  private final ToyDisk.Store store;
  private final Laws laws;
  private final Runnable mayDie;
  private final Plant plant;
  private final boolean carriesLoss;
  private ToyModel.@Nullable Side staged;
  private int live;

  /**
   * Opens a store as a process finds it: a side whose bytes do not hash to its record is invalid.
   *
   * @param mayDie called in the middle of every write; throws {@link ProcessDied} or does nothing
   */
  ToyShardMemory(World world, int shard, ToyModel model, ToyDisk.Store store, Runnable mayDie) {
    this.shard = shard;
    this.model = model;
    this.store = store;
    this.laws = world.laws;
    this.plant = world.plant;
    this.mayDie = mayDie;
    this.carriesLoss = shard == model.job().shards() - 1;
    for (ToyDisk.StoredSide side : List.of(store.even(), store.odd())) {
      if (!side.isWhole() && plant != Plant.TORN_SIDES_COUNT) {
        side.record = null;
      }
    }
  }

  /** A gradient that the data plane brought. */
  Handle received(float[] values, boolean clean) {
    live++;
    return new Handle(values.clone(), clean);
  }

  /** The data plane has put a copied version aside. */
  void stage(ToyModel.Side copied) {
    staged = copied;
  }

  int liveGradients() {
    return live;
  }

  float[] parameters(CommitRecord record) {
    return store.side(record.version()).parameters.clone();
  }

  ToyModel.Side side(CommitRecord record) {
    ToyDisk.StoredSide side = store.side(record.version());
    return new ToyModel.Side(side.parameters.clone(), side.momentum.clone());
  }

  static float[] valuesOf(Gradient gradient) {
    return alive(gradient).values;
  }

  private static Handle alive(Gradient gradient) {
    Handle handle = (Handle) gradient;
    if (!handle.alive) {
      throw new Violation("a gradient was used after its end");
    }
    return handle;
  }

  private Handle end(Gradient gradient) {
    Handle handle = alive(gradient);
    handle.alive = false;
    live--;
    return handle;
  }

  @Override
  public List<CommitRecord> records() {
    List<CommitRecord> records = new ArrayList<>();
    for (ToyDisk.StoredSide side : List.of(store.even(), store.odd())) {
      if (side.record != null) {
        records.add(side.record);
      }
    }
    records.sort(Comparator.comparingLong(CommitRecord::version).reversed());
    return records;
  }

  @Override
  public CommitRecord initialise() {
    if (!records().isEmpty()) {
      throw new Violation("version 0 was written over " + records());
    }
    return write(0, null, null, model.initial(shard));
  }

  @Override
  public Gradient add(Gradient left, Gradient right) {
    Handle l = end(left);
    Handle r = end(right);
    return received(ToyModel.add(l.values, r.values), l.clean && r.clean);
  }

  @Override
  public void release(Gradient gradient) {
    end(gradient);
  }

  @Override
  public GradientFacts examine(Gradient gradient) {
    return model.examine(alive(gradient).values, carriesLoss);
  }

  @Override
  public CommitRecord apply(Fence fence, Decision decision, @Nullable Gradient gradient) {
    CommitRecord base = store.record(decision.step());
    if (base == null || (gradient == null) != decision.skip()) {
      throw new Violation("a step needs its base and its gradient: " + decision);
    }
    laws.onApply(model.job(), decision.step());
    ToyModel.Side next = side(base);
    if (gradient != null) {
      Handle handle = alive(gradient);
      laws.onGradient(model.job(), handle);
      next = model.next(next, decision, handle.values);
    }
    CommitRecord applied = write(decision.step() + 1, fence, decision, next);
    if (plant == Plant.BASE_OVERWRITTEN_EARLY) {
      store.side(decision.step()).record = null;
    }
    return applied;
  }

  private CommitRecord write(
      long version, @Nullable Fence fence, @Nullable Decision decision, ToyModel.Side bytes) {
    CommitRecord record =
        new CommitRecord(
            version,
            fence,
            decision,
            ToyModel.digest(bytes.parameters()),
            ToyModel.digest(bytes.momentum()));
    write(record, bytes);
    return record;
  }

  private void write(CommitRecord record, ToyModel.Side bytes) {
    laws.onRecord(model.job(), shard, record);
    ToyDisk.StoredSide side = store.side(record.version());
    side.record = plant == Plant.TORN_SIDES_COUNT ? record : null;
    mayDie.run();
    side.parameters = bytes.parameters().clone();
    mayDie.run();
    side.momentum = bytes.momentum().clone();
    side.record = record;
    mayDie.run();
  }

  @Override
  public void forget() {
    if (plant == Plant.OLD_STORES_COUNT) {
      return;
    }
    store.even().record = null;
    store.odd().record = null;
  }

  @Override
  public boolean adoptCopy(CommitRecord record) {
    ToyModel.Side bytes = staged;
    staged = null;
    if (bytes == null
        || !ToyModel.digest(bytes.parameters()).equals(record.parameters())
        || !ToyModel.digest(bytes.momentum()).equals(record.state())) {
      return false;
    }
    write(record, bytes);
    return true;
  }
}
