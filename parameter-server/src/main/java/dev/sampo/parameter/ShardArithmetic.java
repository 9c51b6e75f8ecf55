package dev.sampo.parameter;

import java.lang.foreign.MemorySegment;

/**
 * What a shard computes, apart from where its bytes lie.
 *
 * <p>All segments hold native floats at addresses that are multiples of 64 bytes. Every result must
 * be the same bits on every machine and however the range is cut into blocks: elementwise, only
 * correctly rounded operations, sums in a fixed order. Called from many shards' threads at once.
 */
public interface ShardArithmetic {
  /** Floats of optimizer state a parameter. */
  int stateFloats();

  /**
   * Writes version 0's parameters from the job's seed.
   *
   * @param first index of the first in the model's flat vector
   * @param parameters (n): its size says how many
   */
  void initialise(long first, MemorySegment parameters);

  /**
   * One optimizer step over one block, from one side into the other.
   *
   * @param gradient (n): the sum over the slots, not yet scaled
   */
  void step(StepScalars scalars, Block from, Block to, MemorySegment gradient);

  /** {@code left += right}, both (n). */
  void add(MemorySegment left, MemorySegment right);

  /** The sum of squares in double. */
  double sumSquares(MemorySegment values);

  /** Whether no element is infinite or NaN. */
  boolean finite(MemorySegment values);
}
