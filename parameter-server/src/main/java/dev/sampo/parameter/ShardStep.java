package dev.sampo.parameter;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One optimizer's step over the blocks of one shard, from one side into the other: {@link #begin},
 * then {@link #step} once for each block in order. The caller hashes each block between two calls,
 * so a block must be whole when its call returns.
 */
public interface ShardStep {
  /**
   * Looks at the whole gradient before the blocks: what an optimizer that is not elementwise, such
   * as Muon, needs of whole tensors is computed here.
   *
   * @param gradient (n): the sum over the slots, not yet scaled; read only
   */
  void begin(StepScalars scalars, MemorySegment gradient);

  /**
   * Writes one block.
   *
   * @param block its index in the shard
   * @param gradient the block's part of the gradient; read only
   */
  void step(int block, MemorySegment gradient);

  /** What an elementwise optimizer does with one block. */
  @FunctionalInterface
  interface BlockStep {
    void step(StepScalars scalars, Block from, Block to, MemorySegment gradient);
  }

  /** Goes block by block with nothing prepared. */
  static ShardStep elementwise(List<Block> from, List<Block> to, BlockStep step) {
    return new ElementwiseStep(List.copyOf(from), List.copyOf(to), step);
  }
}
