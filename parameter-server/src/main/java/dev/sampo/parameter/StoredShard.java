package dev.sampo.parameter;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.GradientFacts;
import dev.sampo.protocol.Origin;
import dev.sampo.protocol.ShardRange;
import dev.sampo.protocol.shard.ShardMemory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one shard replica, on its store's mapped files: version v is side {@code v & 1}.
 *
 * <p>Belongs to the shard's thread, but for {@link #gradients()}, for reading what {@link
 * #parameters} gave, and for writing where {@link CopyBlocks} lets blocks arrive. Segments end with
 * the shard: touching them after {@link #close} throws.
 */
public final class StoredShard implements ShardMemory, AutoCloseable {
  private final ShardRange range;
  private final StoreGeometry geometry;
  private final ShardRules rules;
  private final SealedSides sides;
  private final ShardStore store;
  private final GradientPool gradients;
  private final SpareMemory copies;
  private final SideHash gradientHash = new SideHash();

  /** By the side that is written. */
  private final List<ShardStep> steps;

  private final CopyBlocks copyBlocks;
  private boolean closed;

  StoredShard(
      ShardRange range,
      StoreGeometry geometry,
      ShardRules rules,
      SealedSides sides,
      boolean isNew,
      ShardStore store) {
    this.range = range;
    this.geometry = geometry;
    this.rules = rules;
    this.sides = sides;
    this.store = store;
    this.gradients = new GradientPool(range, geometry.blockParameters(), rules.gradientBuffers());
    this.copies = new SpareMemory(geometry.sideBytes(range), 1);
    this.steps = List.of(prepare(0), prepare(1));
    this.copyBlocks =
        new CopyBlocks(
            CopyBlock.cut(
                range,
                geometry.copyParameters(),
                rules.arithmetic(),
                List.of(sides.side(0), sides.side(1))),
            rules.precision(),
            sides.file(),
            isNew && sides.records().isEmpty());
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
    return sides.records();
  }

  @Override
  public void check() {
    records().forEach(sides::check);
  }

  @Override
  public long damaged() {
    return sides.damaged();
  }

  @Override
  public CommitRecord initialise() {
    if (!records().isEmpty()) {
      throw new IllegalStateException(
          "version 0 is written into an empty memory: shard="
              + range.shard()
              + ", records="
              + records());
    }
    copyBlocks.bringIn(0);
    Side side = sides.open(0);
    for (Block block : side.blocks()) {
      rules
          .arithmetic()
          .start()
          .fill(block.first(), block.first() + block.count(), block.parameters());
    }
    side.clearState();
    sides.hash().add(side);
    return sides.seal(0, null, null);
  }

  @Override
  public String restore(Origin origin, Fence fence) {
    try {
      sides.keepThroughAPowerCut(rules.snapshots().load(this, origin, fence));
      return "";
    } catch (StoreRefusedException e) {
      forget();
      return String.valueOf(e.getMessage());
    }
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
  public Gradient round(Gradient gradient) {
    RoundedGradient.round(ours(gradient).segment(), range.parameters());
    return gradient;
  }

  @Override
  public void release(Gradient gradient) {
    ours(gradient).release();
  }

  @Override
  public GradientFacts examine(Gradient gradient) {
    GradientBuffer buffer = ours(gradient);
    double lossSum =
        range.carriesLoss() ? RoundedGradient.loss(buffer.segment(), range.parameters()) : 0;
    double sumSquares = 0;
    boolean finite = true;
    // One pass over memory: what is fetched for the hash is still in the cache for the sums.
    for (int i = 0; i < buffer.chunks().size(); i++) {
      MemorySegment chunk = buffer.chunks().get(i);
      gradientHash.add(chunk);
      finite &= rules.arithmetic().finite(chunk);
      if (i < buffer.parameterChunks().size()) {
        sumSquares += rules.arithmetic().sumSquares(buffer.parameterChunks().get(i));
      }
    }
    return new GradientFacts(gradientHash.parameters(), sumSquares, finite, lossSum);
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
    GradientBuffer buffer = gradient == null ? null : ours(gradient);
    // A step is decided when its base is committed on all shards.
    sides.committed(base);
    copyBlocks.bringIn(base.version() + 1);
    Side to = sides.open(base.version() + 1);
    if (buffer == null) {
      to.copyFrom(sides.side(base.version()));
      sides.hash().add(to);
    } else {
      step(decision, to, buffer);
    }
    return sides.seal(base.version() + 1, fence, decision);
  }

  @Override
  public void forget() {
    sides.forget();
  }

  @Override
  public int blocks() {
    return copyBlocks.size();
  }

  @Override
  public void takeBlock(int block, long version) {
    sides.open(version);
    copyBlocks.take(block, version);
  }

  @Override
  public void stepBlock(int block, Decision decision, @Nullable Gradient gradient) {
    long version = decision.step() + 1;
    sides.open(version);
    copyBlocks.bringIn(block, version);
    CopyBlock part = copyBlocks.get(block);
    if (gradient == null) {
      part.side(version).copyFrom(part.side(decision.step()));
    } else {
      part.step(StepScalars.of(decision, rules.slots()), ours(gradient).parameters());
    }
  }

  @Override
  public boolean seal(CommitRecord record) {
    boolean fits = sides.fits(record);
    if (fits) {
      sides.seal(record);
    }
    return fits;
  }

  /**
   * Makes this memory hold one version that comes from elsewhere, and no other.
   *
   * @param fence under which it is loaded
   * @param decision of the step that led to it; null for version 0
   * @throws IOException if the source fails; the memory holds nothing then
   */
  public CommitRecord load(
      long version, @Nullable Fence fence, @Nullable Decision decision, BlockSource source)
      throws IOException {
    forget();
    copyBlocks.bringIn(version);
    Side side = sides.open(version);
    for (Block block : side.blocks()) {
      source.fill(block);
    }
    sides.hash().add(side);
    return sides.seal(version, fence, decision);
  }

  /** Floats of optimizer state a parameter. */
  public int stateFloats() {
    return geometry.stateFloats();
  }

  /**
   * Hashes a version again.
   *
   * @return whether it is held and its bytes still hash to its record; one that does not is no
   *     version any more
   */
  public boolean check(long version) {
    CommitRecord record = record(version);
    return record != null && sides.check(record);
  }

  /**
   * Goes on looking for bytes that changed by themselves, at the store's rate: called now and then,
   * it walks over the versions held, again and again.
   *
   * @param since the call before
   * @return the record of a version whose bytes have been found not to hash to it: it is no version
   *     any more and must be copied from another replica. Empty as long as all is well
   */
  public Optional<CommitRecord> scrub(Duration since) {
    return scrub(rules.store().scrubBytesPerSecond() * since.toMillis() / 1000);
  }

  Optional<CommitRecord> scrub(long budgetBytes) {
    return Optional.ofNullable(sides.scrub(budgetBytes));
  }

  /** The record of {@code version} if this memory holds it, else null. */
  public @Nullable CommitRecord record(long version) {
    return sides.record(version);
  }

  /**
   * The parameters of {@code version} where they lie, read-only, as slices of consecutive
   * parameters; empty if this memory does not hold it. They keep their content until step {@code
   * version + 1} is applied; who reads longer takes {@link #copyParameters}.
   */
  public List<MemorySegment> parameters(long version) {
    requireOpen();
    if (record(version) == null) {
      return List.of();
    }
    return sides.side(version).blocks().stream()
        .map(block -> block.parameters().asReadOnly())
        .toList();
  }

  /**
   * Copies the parameters of {@code version} as workers are given them: rounded to the job's
   * precision.
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
    sides.side(version).copyParametersTo(to, rules.precision());
    return true;
  }

  /** A copy of the whole side of {@code version}, the caller's to close; null if not held. */
  public @Nullable SideCopy copyOut(long version) {
    CommitRecord record = record(version);
    if (record == null) {
      return null;
    }
    SideCopy copy = new SideCopy(record, rules.precision(), copies, geometry.sideBytes(range));
    sides.side(version).copyTo(copy.segment());
    return copy;
  }

  /** The blocks in which it is copied from and to other replicas. */
  public CopyBlocks copyBlocks() {
    return copyBlocks;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      copyBlocks.close();
      gradients.close();
      copies.close();
      sides.close();
      store.forgetClosed(this);
    }
  }

  private ShardStep prepare(int side) {
    return rules.arithmetic().prepare(sides.side(1 - side).blocks(), sides.side(side).blocks());
  }

  /** Each block is hashed while the cache still holds it. */
  private void step(Decision decision, Side to, GradientBuffer gradient) {
    ShardStep step = steps.get(RecordSlots.slotOf(decision.step() + 1));
    step.begin(StepScalars.of(decision, rules.slots()), gradient.parameters());
    for (int i = 0; i < to.blocks().size(); i++) {
      step.step(i, gradient.blocks().get(i));
      sides.hash().add(to.blocks().get(i));
    }
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

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the shard is closed: shard=" + range.shard());
    }
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
