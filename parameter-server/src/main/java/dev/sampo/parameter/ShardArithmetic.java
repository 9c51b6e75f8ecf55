package dev.sampo.parameter;

import dev.sampo.device.FloatVectors;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * What a shard computes, apart from where its bytes lie.
 *
 * <p>All segments hold native floats at addresses that are multiples of 64 bytes. Every result must
 * be the same bits on every machine and however the range is cut into blocks: elementwise, only
 * correctly rounded operations, sums in a fixed order. Called from many shards' threads at once.
 */
public interface ShardArithmetic {
  /**
   * Floats of optimizer state a parameter: 0 for plain SGD, 1 with momentum, 2 for AdamW and Muon.
   * A block has as many state arrays of its parameters' length.
   */
  int stateFloats();

  /** Where it begins. */
  FirstVersion start();

  /**
   * The steps of one shard from one side into the other, prepared once when the shard is opened:
   * what can be known before a step is made here, so that a step allocates nothing. What is
   * returned belongs to the shard's thread and may keep work space. An optimizer that needs nothing
   * beforehand returns {@link ShardStep#elementwise}.
   *
   * @param from the blocks that are read, in order
   * @param to the blocks that are written, of the same cut
   */
  ShardStep prepare(List<Block> from, List<Block> to);

  /**
   * Where parameters may be told apart from those before them, each to be stepped alone: not within
   * a tensor that an optimizer needs whole.
   *
   * @param parameter a place in the model's flat vector
   * @return that place, or the first after it
   */
  default long cutAtOrAfter(long parameter) {
    return parameter;
  }

  /** {@code left += right}, both (n). */
  default void add(MemorySegment left, MemorySegment right) {
    FloatVectors.add(left, left, right);
  }

  /** The sum of squares in double. */
  default double sumSquares(MemorySegment values) {
    return FloatVectors.sumSquares(values);
  }

  /** Whether no element is infinite or NaN. */
  default boolean finite(MemorySegment values) {
    return FloatVectors.allFinite(values);
  }
}
