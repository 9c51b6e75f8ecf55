package dev.sampo.parameter;

import dev.sampo.protocol.ShardRange;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of a shard that is copied to another replica, and stepped there, apart from the others.
 * Replicas cut alike: where depends on the shard's range, the size wanted, and the optimizer.
 * Belongs to the shard's thread.
 */
final class CopyBlock {
  private final ShardArithmetic arithmetic;
  private final long at;
  private final long count;
  private final List<Side> sides;

  /** By the side that is written; made when first wanted. */
  private final @Nullable ShardStep[] steps = new @Nullable ShardStep[2];

  private CopyBlock(ShardArithmetic arithmetic, long at, long count, List<Side> sides) {
    this.arithmetic = arithmetic;
    this.at = at;
    this.count = count;
    this.sides = sides;
  }

  /**
   * Cuts a shard.
   *
   * @param wanted parameters of a block; they get more where the optimizer needs tensors whole
   * @param sides even and odd
   */
  static List<CopyBlock> cut(
      ShardRange range, long wanted, ShardArithmetic arithmetic, List<Side> sides) {
    List<CopyBlock> blocks = new ArrayList<>();
    long at = 0;
    for (long count : counts(range, wanted, arithmetic)) {
      long from = at;
      List<Side> parts = sides.stream().map(side -> side.part(from, count)).toList();
      blocks.add(new CopyBlock(arithmetic, from, count, parts));
      at += count;
    }
    return List.copyOf(blocks);
  }

  /** The parameters of each block, in order. */
  static List<Long> counts(ShardRange range, long wanted, ShardArithmetic arithmetic) {
    List<Long> counts = new ArrayList<>();
    for (long from = 0; from < range.parameters(); ) {
      long to = cutAfter(range, from + wanted, arithmetic);
      counts.add(to - from);
      from = to;
    }
    return counts;
  }

  /** The first place from {@code wanted} on where tensors and cache lines allow a cut. */
  private static long cutAfter(ShardRange range, long wanted, ShardArithmetic arithmetic) {
    long place = wanted;
    while (place < range.parameters()) {
      long allowed = arithmetic.cutAtOrAfter(range.first() + place) - range.first();
      if (allowed == place && place % ShardRange.ALIGNMENT == 0) {
        return place;
      }
      place = (allowed + ShardRange.ALIGNMENT - 1) / ShardRange.ALIGNMENT * ShardRange.ALIGNMENT;
    }
    return range.parameters();
  }

  /** Of its flat form: parameters (n), then each kind of state (n). */
  long bytes() {
    return (1L + side(0).stateFloats()) * count * Float.BYTES;
  }

  Side side(long version) {
    return sides.get(RecordSlots.slotOf(version));
  }

  /**
   * Writes this block of version {@code scalars.timeStep()} from that of the version before.
   *
   * @param gradient over the shard's parameters
   */
  void step(StepScalars scalars, MemorySegment gradient) {
    MemorySegment own = gradient.asSlice(at * Float.BYTES, count * Float.BYTES);
    ShardStep step = prepared(RecordSlots.slotOf(scalars.timeStep()));
    step.begin(scalars, own);
    List<Block> blocks = side(scalars.timeStep()).blocks();
    long from = 0;
    for (int i = 0; i < blocks.size(); i++) {
      long bytes = blocks.get(i).count() * Float.BYTES;
      step.step(i, own.asSlice(from, bytes));
      from += bytes;
    }
  }

  private ShardStep prepared(int slot) {
    ShardStep step = steps[slot];
    if (step == null) {
      step = arithmetic.prepare(sides.get(1 - slot).blocks(), sides.get(slot).blocks());
      steps[slot] = step;
    }
    return step;
  }
}
