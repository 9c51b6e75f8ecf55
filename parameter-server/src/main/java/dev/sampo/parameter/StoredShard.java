package dev.sampo.parameter;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.GradientFacts;
import dev.sampo.protocol.ShardRange;
import dev.sampo.protocol.shard.ShardMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one shard replica, on its store's mapped files: version v is side {@code v & 1}.
 *
 * <p>Belongs to the shard's thread, but for {@link #gradients()}, for reading what {@link
 * #parameters} gave, and for writing into {@link #staging}. Segments end with the shard: touching
 * them after {@link #close} throws.
 */
public final class StoredShard implements ShardMemory, AutoCloseable {
  private final ShardRange range;
  private final StoreGeometry geometry;
  private final ShardRules rules;
  private final ShardFiles files;
  private final ShardStore store;
  private final GradientPool gradients;
  private final SideHash hash = new SideHash();

  /** By side: the record that makes it a version, or null. The memory's copy of the slots. */
  private final @Nullable CommitRecord[] valid = new @Nullable CommitRecord[2];

  private long damaged = -1;

  private @Nullable StagingArea staging;
  private boolean closed;

  StoredShard(
      ShardRange range,
      StoreGeometry geometry,
      ShardRules rules,
      ShardFiles files,
      ShardStore store) {
    this.range = range;
    this.geometry = geometry;
    this.rules = rules;
    this.files = files;
    this.store = store;
    this.gradients = new GradientPool(range, rules.gradientBuffers());
    for (int side = 0; side < valid.length; side++) {
      valid[side] = validate(side);
    }
  }

  public ShardRange range() {
    return range;
  }

  /** Where gradients over this range are to be put. Any thread may use it. */
  public GradientPool gradients() {
    return gradients;
  }

  @Override
  public List<CommitRecord> records() {
    return Stream.of(valid)
        .filter(Objects::nonNull)
        .sorted(Comparator.comparingLong(CommitRecord::version).reversed())
        .toList();
  }

  @Override
  public void check() {
    for (int side = 0; side < valid.length; side++) {
      if (valid[side] != null) {
        valid[side] = validate(side);
      }
    }
  }

  @Override
  public long damaged() {
    return damaged;
  }

  @Override
  public CommitRecord initialise() {
    if (valid[0] != null || valid[1] != null) {
      throw new IllegalStateException(
          "version 0 is written into an empty memory: shard="
              + range.shard()
              + ", records="
              + records());
    }
    Side side = side(0);
    invalidate(0);
    for (Block block : side.blocks()) {
      rules.arithmetic().initialise(block.first(), block.parameters());
    }
    side.clearState();
    return seal(0, null, null);
  }

  @Override
  public Gradient add(Gradient left, Gradient right) {
    GradientBuffer sum = ours(left);
    GradientBuffer addend = ours(right);
    if (sum == addend) {
      throw new IllegalArgumentException(
          "two gradients are added, not one to itself: shard=" + range.shard());
    }
    rules.arithmetic().add(sum.segment(), addend.segment());
    addend.release();
    return sum;
  }

  @Override
  public void release(Gradient gradient) {
    ours(gradient).release();
  }

  @Override
  public GradientFacts examine(Gradient gradient) {
    GradientBuffer buffer = ours(gradient);
    double lossSum =
        range.carriesLoss()
            ? buffer.segment().getAtIndex(ValueLayout.JAVA_FLOAT, range.parameters())
            : 0;
    return new GradientFacts(
        hash.of(buffer.segment()),
        rules.arithmetic().sumSquares(buffer.parameters()),
        rules.arithmetic().finite(buffer.segment()),
        lossSum);
  }

  @Override
  public CommitRecord apply(Fence fence, Decision decision, @Nullable Gradient gradient) {
    if (decision.skip() != (gradient == null)) {
      throw new IllegalArgumentException(
          "a step without a gradient is one to skip: shard="
              + range.shard()
              + ", decision="
              + decision
              + ", gradient="
              + (gradient == null ? "none" : "given"));
    }
    CommitRecord base = require(decision.step());
    Side from = side(base.version());
    long version = base.version() + 1;
    Side to = side(version);
    invalidate(version);
    if (gradient == null) {
      to.copyFrom(from);
    } else {
      step(decision, from, to, ours(gradient).parameters());
    }
    return seal(version, fence, decision);
  }

  @Override
  public void forget() {
    damaged = -1;
    invalidate(0);
    invalidate(1);
  }

  @Override
  public boolean adoptCopy(CommitRecord record) {
    StagingArea area = staging;
    if (area == null) {
      return false;
    }
    MemorySegment copy = area.segment();
    long planeBytes = range.parameters() * Float.BYTES;
    // Checked where it lies first: what the side held is not given up for a bad copy.
    if (!hash.of(copy.asSlice(0, planeBytes)).equals(record.parameters())
        || !hash.of(copy.asSlice(planeBytes)).equals(record.state())) {
      return false;
    }
    invalidate(record.version());
    Side side = side(record.version());
    side.copyFrom(copy);
    // And again where it counts: another thread may still write into the staging area.
    if (!matches(side, record)) {
      return false;
    }
    write(record);
    return true;
  }

  /** The record of {@code version} if this memory holds it, else null. */
  public @Nullable CommitRecord record(long version) {
    CommitRecord record = valid[RecordSlots.slotOf(version)];
    return record != null && record.version() == version ? record : null;
  }

  /**
   * The parameters of {@code version} where they lie, read-only, as slices of consecutive
   * parameters; empty if this memory does not hold it. They keep their content until step {@code
   * version + 1} is applied; who reads longer takes {@link #copyParameters}.
   */
  public List<MemorySegment> parameters(long version) {
    if (record(version) == null) {
      return List.of();
    }
    return side(version).blocks().stream().map(block -> block.parameters().asReadOnly()).toList();
  }

  /**
   * Copies the parameters of {@code version}.
   *
   * @param to (parameters) of this shard's range
   * @return whether this memory holds that version
   */
  public boolean copyParameters(long version, MemorySegment to) {
    if (to.byteSize() != range.parameters() * Float.BYTES) {
      throw new IllegalArgumentException(
          "a copy has room for the range's parameters: shard="
              + range.shard()
              + ", bytes="
              + to.byteSize()
              + ", parameters="
              + range.parameters());
    }
    if (record(version) == null) {
      return false;
    }
    side(version).copyParametersTo(to);
    return true;
  }

  /** A copy of the whole side of {@code version}, the caller's to close; null if not held. */
  public @Nullable SideCopy copyOut(long version) {
    CommitRecord record = record(version);
    if (record == null) {
      return null;
    }
    SideCopy copy = new SideCopy(record, geometry.sideBytes(range));
    side(version).copyTo(copy.segment());
    return copy;
  }

  /**
   * Where a side that comes from another replica is put before {@link #adoptCopy}: flat, parameters
   * (n), then each kind of state (n). One at a time; the memory is taken at the first call.
   */
  public MemorySegment staging() {
    StagingArea area = staging;
    if (area == null) {
      area = new StagingArea(geometry.sideBytes(range));
      staging = area;
    }
    return area.segment();
  }

  /** Gives the staging area's memory back: a late write into it throws. */
  public void releaseStaging() {
    StagingArea area = staging;
    if (area != null) {
      staging = null;
      area.close();
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      releaseStaging();
      gradients.close();
      files.close();
      store.forgetClosed(this);
    }
  }

  private void step(Decision decision, Side from, Side to, MemorySegment gradient) {
    StepScalars scalars =
        new StepScalars(
            decision.step() + 1,
            decision.learningRate(),
            (float) (decision.clipScale() / rules.slots()));
    long at = 0;
    for (int i = 0; i < to.blocks().size(); i++) {
      Block block = to.blocks().get(i);
      long bytes = block.parameters().byteSize();
      rules.arithmetic().step(scalars, from.blocks().get(i), block, gradient.asSlice(at, bytes));
      at += bytes;
    }
  }

  /** Makes the side what its bytes say it is. */
  private CommitRecord seal(long version, @Nullable Fence fence, @Nullable Decision decision) {
    Side side = side(version);
    CommitRecord record =
        new CommitRecord(version, fence, decision, hash.parametersOf(side), hash.stateOf(side));
    write(record);
    return record;
  }

  private void write(CommitRecord record) {
    files.slots().write(record);
    valid[RecordSlots.slotOf(record.version())] = record;
  }

  private void invalidate(long version) {
    int slot = RecordSlots.slotOf(version);
    valid[slot] = null;
    files.slots().invalidate(slot);
  }

  private @Nullable CommitRecord validate(int side) {
    CommitRecord record = files.slots().read(side);
    if (record != null && !matches(side(side), record)) {
      damaged = Math.max(damaged, record.version());
      return null;
    }
    return record;
  }

  private boolean matches(Side side, CommitRecord record) {
    return hash.parametersOf(side).equals(record.parameters())
        && hash.stateOf(side).equals(record.state());
  }

  private CommitRecord require(long version) {
    CommitRecord record = record(version);
    if (record == null) {
      throw new IllegalStateException(
          "a step starts from a version that is held: shard="
              + range.shard()
              + ", step="
              + version
              + ", records="
              + records());
    }
    return record;
  }

  private Side side(long version) {
    if (closed) {
      throw new IllegalStateException("the shard is closed: shard=" + range.shard());
    }
    return files.sides().get(RecordSlots.slotOf(version));
  }

  private GradientBuffer ours(Gradient gradient) {
    if (gradient instanceof GradientBuffer buffer && gradients.lends(buffer)) {
      return buffer;
    }
    throw new IllegalArgumentException(
        "a shard takes gradients that its own pool has lent: shard="
            + range.shard()
            + ", gradient="
            + gradient);
  }
}
