package dev.sampo.simulation;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.GradientFacts;
import dev.sampo.protocol.Origin;
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
  /**
   * A gradient, and from which bytes it was computed: null if not all from the same. And whether a
   * wrong piece is in it.
   */
  static final class Handle implements Gradient {
    final float[] values;
    final @Nullable Digest base;
    final boolean lies;
    private @Nullable Digest examined;
    private boolean alive = true;

    private Handle(float[] values, @Nullable Digest base, boolean lies) {
      this.values = values;
      this.base = base;
      this.lies = lies;
    }
  }

  private static final double UNSEEN = 0.2;

  private final int shard;
  private final ToyModel model;
  private final ToyDisk.Store store;
  private final World world;
  private final Machine machine;
  private final boolean carriesLoss;
  private final List<Handle> examined = new ArrayList<>();
  private final CopyLaws copyLaws;
  private ToyModel.@Nullable Side staged;
  private int live;

  /** Opens a store as a process finds it: a side whose bytes do not fit its record is invalid. */
  ToyShardMemory(Life life, int shard, ToyModel model) {
    this.shard = shard;
    this.model = model;
    this.world = life.world;
    this.machine = life.machine;
    this.store = machine.disk.store(model.job().id(), shard);
    this.copyLaws = new CopyLaws(world, model);
    this.carriesLoss = shard == model.job().shards() - 1;
    for (ToyDisk.StoredSide side : store.sides()) {
      invalidateIfTorn(side);
    }
    world.laws.onStored();
  }

  private void invalidateIfTorn(ToyDisk.StoredSide side) {
    CommitRecord record = side.record;
    if (record != null && !side.isWhole() && !world.sabotage.takesTornSides()) {
      side.damaged = record.version();
      side.record = null;
    }
  }

  /** A gradient that the data plane brought. */
  Handle received(float[] values, @Nullable Digest base, boolean lies) {
    live++;
    return new Handle(values.clone(), base, lies);
  }

  /**
   * The data plane has put a copied block aside.
   *
   * @param copied a side, of which only the block counts
   */
  void stage(ToyModel.Side copied) {
    staged = copied;
  }

  /** Its replica has heard of that fence. */
  void standsUnder(Fence fence) {
    copyLaws.standsUnder(fence);
  }

  int liveGradients() {
    return live;
  }

  /** The newest version that it has a record of, whatever became of the bytes. */
  long newest() {
    List<CommitRecord> records = records();
    return records.isEmpty() ? -1 : records.getFirst().version();
  }

  /** Whether a whole gradient with this hash lives here. */
  boolean holds(Digest gradient) {
    return examined.stream().anyMatch(handle -> gradient.equals(handle.examined));
  }

  /** The gradient with this hash, which lives here. */
  Handle gradient(Digest hash) {
    return examined.stream().filter(h -> hash.equals(h.examined)).findFirst().orElseThrow();
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
    examined.remove(handle);
    live--;
    return handle;
  }

  @Override
  public List<CommitRecord> records() {
    List<CommitRecord> records = new ArrayList<>();
    for (ToyDisk.StoredSide side : store.sides()) {
      if (side.record != null) {
        records.add(side.record);
      }
    }
    records.sort(Comparator.comparingLong(CommitRecord::version).reversed());
    return records;
  }

  @Override
  public long damaged() {
    return Math.max(store.even.damaged, store.odd.damaged);
  }

  @Override
  public void check() {
    for (ToyDisk.StoredSide side : store.sides()) {
      invalidateIfTorn(side);
    }
    world.laws.onStored();
  }

  @Override
  public CommitRecord initialise() {
    if (!records().isEmpty()) {
      throw new Violation("version 0 was written over " + records());
    }
    return write(0, null, null, model.initial(shard));
  }

  @Override
  public String restore(Origin origin, Fence fence) {
    if (world.isTroubled() && world.chance(UNSEEN)) {
      world.taken.count(Way.NOT_LOADED);
      if (world.sabotage.beginsWithoutTheSnapshot()) {
        initialise();
        return "";
      }
      return "a snapshot can be read: folder=" + origin.folder();
    }
    Shelf.Part part = world.shelf.part(origin.manifest(), shard);
    write(origin.version(), fence, part.record().decision(), part.bytes());
    if (!world.sabotage.keepsSyncedCopies()) {
      store.sync();
    }
    world.taken.count(Way.LOADED);
    return "";
  }

  @Override
  public Gradient add(Gradient left, Gradient right) {
    Handle l = end(left);
    Handle r = end(right);
    boolean sameBase = l.base != null && l.base.equals(r.base);
    return received(ToyModel.add(l.values, r.values), sameBase ? l.base : null, l.lies || r.lies);
  }

  @Override
  public Gradient round(Gradient gradient) {
    Handle exact = end(gradient);
    return received(ToyModel.round(exact.values), exact.base, exact.lies);
  }

  @Override
  public void release(Gradient gradient) {
    end(gradient);
  }

  @Override
  public GradientFacts examine(Gradient gradient) {
    Handle handle = alive(gradient);
    GradientFacts facts = model.examine(handle.values, carriesLoss);
    handle.examined = facts.hash();
    examined.add(handle);
    return facts;
  }

  @Override
  public CommitRecord apply(Fence fence, Decision decision, @Nullable Gradient gradient) {
    CommitRecord base = store.record(decision.step());
    if (base == null || (gradient == null) != decision.skip()) {
      throw new Violation("a step needs its base and its gradient: " + decision);
    }
    world.laws.onApply(model.job(), fence, decision.step());
    ToyModel.Side next = side(base);
    if (gradient != null) {
      Handle handle = alive(gradient);
      world.laws.onGradient(model.job(), fence, decision.step(), handle);
      next = model.next(next, decision, handle.values);
      if (machine.slipsNow()) {
        next.parameters()[0] = Math.nextUp(next.parameters()[0]);
      }
    }
    CommitRecord applied = write(decision.step() + 1, fence, decision, next);
    if (world.sabotage.overwritesTheBase()) {
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
    if (!machine.isOdd()) {
      world.laws.onRecord(model.job(), shard, record, bytes);
    }
    ToyDisk.StoredSide side = store.side(record.version());
    side.record = world.sabotage.takesTornSides() ? record : null;
    machine.onWrite();
    side.parameters = bytes.parameters().clone();
    machine.onWrite();
    side.momentum = bytes.momentum().clone();
    side.damaged = -1;
    side.record = record;
    machine.onWrite();
    if (!world.history.syncsAtIntervals()) {
      store.sync();
    }
    world.laws.onStored();
  }

  @Override
  public void forget() {
    copyLaws.forget();
    if (!world.sabotage.keepsForgottenStores()) {
      store.forget(world.sabotage.keepsSyncedCopies());
    }
  }

  @Override
  public int blocks() {
    return model.blocks();
  }

  @Override
  public void takeBlock(int block, long version) {
    ToyModel.Side bytes = staged;
    staged = null;
    if (bytes == null) {
      throw new Violation("a block is taken that was not copied: block=" + block);
    }
    copyLaws.onTaken(block, version);
    writeBlock(block, version, bytes);
  }

  @Override
  public void stepBlock(int block, Decision decision, @Nullable Gradient gradient) {
    copyLaws.onStepped(block, decision);
    ToyDisk.StoredSide from = store.side(decision.step());
    ToyModel.Side next = new ToyModel.Side(from.parameters.clone(), from.momentum.clone());
    if (gradient != null) {
      next = model.next(next, decision, alive(gradient).values);
      if (world.sabotage.makesAFedStepTwice()) {
        next = model.next(next, decision, alive(gradient).values);
      }
    }
    writeBlock(block, decision.step() + 1, next);
  }

  private void writeBlock(int block, long version, ToyModel.Side bytes) {
    ToyDisk.StoredSide side = store.side(version);
    side.record = null;
    int begin = model.beginOf(block);
    int length = model.beginOf(block + 1) - begin;
    System.arraycopy(bytes.parameters(), begin, side.parameters, begin, length);
    machine.onWrite();
    System.arraycopy(bytes.momentum(), begin, side.momentum, begin, length);
    machine.onWrite();
    world.laws.onStored();
  }

  @Override
  public boolean seal(CommitRecord record) {
    ToyDisk.StoredSide side = store.side(record.version());
    boolean fits =
        ToyModel.digest(side.parameters).equals(record.parameters())
            && ToyModel.digest(side.momentum).equals(record.state());
    if (fits) {
      write(record, new ToyModel.Side(side.parameters, side.momentum));
    } else {
      copyLaws.onUnequal(record);
    }
    return fits;
  }
}
