package dev.sampo.protocol;

import java.util.ArrayList;
import java.util.List;

/**
 * The slice of the flat parameter vector that one shard covers. The loss of a piece travels behind
 * the last parameter, so the last shard's gradient is {@link #LOSS_FLOATS} longer.
 *
 * @param first index of the first parameter
 * @param parameters the number of parameters
 */
public record ShardRange(int shard, long first, long parameters, boolean carriesLoss) {
  /** Where nothing else decides, cuts are multiples of this many floats: a cache line. */
  public static final int ALIGNMENT = 16;

  /**
   * The loss is the sum of so many floats: of the first alone, or, where gradients are rounded to
   * bf16, of three with eight bits each, which is all that an f32 has.
   */
  public static final int LOSS_FLOATS = 3;

  /** The floats of a gradient over this range. */
  public long gradientFloats() {
    return parameters + (carriesLoss ? LOSS_FLOATS : 0);
  }

  /** Cuts {@code total} parameters into {@code shards} contiguous ranges of almost equal size. */
  public static List<ShardRange> cut(long total, int shards) {
    if (shards < 1 || total < (long) shards * ALIGNMENT) {
      throw new IllegalArgumentException(
          "every shard needs at least "
              + ALIGNMENT
              + " parameters: parameters="
              + total
              + ", shards="
              + shards
              + "; hint: lower job.shards");
    }
    List<ShardRange> ranges = new ArrayList<>();
    long from = 0;
    for (int shard = 0; shard < shards; shard++) {
      boolean last = shard == shards - 1;
      long to = last ? total : total * (shard + 1) / shards / ALIGNMENT * ALIGNMENT;
      ranges.add(new ShardRange(shard, from, to - from, last));
      from = to;
    }
    return List.copyOf(ranges);
  }
}
