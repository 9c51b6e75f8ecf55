package dev.sampo.parameter;

import dev.sampo.model.ParameterLayout;
import dev.sampo.model.ParameterTensor;
import dev.sampo.protocol.ShardRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How a model is cut into shards where an optimizer needs whole matrices: none of them is cut.
 * Pure: the same model and number of shards give the same ranges everywhere.
 */
public final class ShardPlan {
  private ShardPlan() {}

  /**
   * Cuts at the bounds of matrices, and anywhere in tables and vectors, so that shards are about as
   * large as each other: each takes its part of what is left, to the nearest bound.
   *
   * @throws IllegalArgumentException if there are fewer places to cut than shards need
   */
  public static List<ShardRange> ofWholeMatrices(ParameterLayout layout, int shards) {
    long[] bounds = bounds(layout);
    if (shards < 1 || bounds.length < shards) {
      throw new IllegalArgumentException(
          "a shard holds at least one whole matrix, or "
              + ShardRange.ALIGNMENT
              + " parameters of others: shards="
              + shards
              + ", at most="
              + bounds.length
              + "; hint: lower job.shards");
    }
    List<ShardRange> ranges = new ArrayList<>();
    long from = 0;
    int next = 0;
    for (int shard = 0; shard < shards; shard++) {
      int left = shards - shard - 1;
      long aim = from + (layout.total() - from) / (left + 1);
      // Those that come after need a bound each.
      int at = left == 0 ? bounds.length - 1 : nearest(bounds, aim, next, bounds.length - 1 - left);
      ranges.add(new ShardRange(shard, from, bounds[at] - from, left == 0));
      from = bounds[at];
      next = at + 1;
    }
    return List.copyOf(ranges);
  }

  /** Where shards may end, in order; the last is the end of the model. */
  private static long[] bounds(ParameterLayout layout) {
    List<Long> ends = new ArrayList<>();
    for (ParameterTensor tensor : layout.tensors()) {
      if (tensor.matrices() == 0) {
        long first = tensor.offset() / ShardRange.ALIGNMENT + 1;
        for (long at = first * ShardRange.ALIGNMENT; at < tensor.end(); ) {
          ends.add(at);
          at += ShardRange.ALIGNMENT;
        }
      }
      ends.add(tensor.end());
    }
    return ends.stream().mapToLong(Long::longValue).toArray();
  }

  /** The index in [first, last] of the bound that is nearest; of two, the lower one. */
  private static int nearest(long[] bounds, long aim, int first, int last) {
    int found = Arrays.binarySearch(bounds, first, last + 1, aim);
    if (found >= 0) {
      return found;
    }
    int above = Math.min(-found - 1, last);
    int below = Math.max(above - 1, first);
    return aim - bounds[below] <= bounds[above] - aim ? below : above;
  }
}
