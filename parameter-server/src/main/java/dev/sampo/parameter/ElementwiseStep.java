package dev.sampo.parameter;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A step that needs nothing but the scalars and one block at a time. */
final class ElementwiseStep implements ShardStep {
  private final List<Block> from;
  private final List<Block> to;
  private final BlockStep step;
  private @Nullable StepScalars scalars;

  ElementwiseStep(List<Block> from, List<Block> to, BlockStep step) {
    this.from = from;
    this.to = to;
    this.step = step;
  }

  @Override
  public void begin(StepScalars scalars, MemorySegment gradient) {
    this.scalars = scalars;
  }

  @Override
  public void step(int block, MemorySegment gradient) {
    if (scalars == null) {
      throw new IllegalStateException("a step begins before its blocks: block=" + block);
    }
    step.step(scalars, from.get(block), to.get(block), gradient);
  }
}
