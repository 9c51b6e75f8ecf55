package dev.sampo.parameter;

import dev.sampo.model.ParameterLayout;
import dev.sampo.model.Range;
import dev.sampo.model.optimizer.AdamW;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** AdamW over the blocks of one shard; which of their parameters decay is looked up once. */
final class AdamWStep implements ShardStep {
  private record Prepared(AdamW.State from, AdamW.State to, List<Range> decayed) {}

  private final AdamW optimizer;
  private final List<Prepared> blocks;
  private AdamW.@Nullable Rates rates;

  AdamWStep(AdamW optimizer, ParameterLayout layout, List<Block> from, List<Block> to) {
    this.optimizer = optimizer;
    this.blocks =
        IntStream.range(0, to.size())
            .mapToObj(i -> prepared(layout, from.get(i), to.get(i)))
            .toList();
  }

  @Override
  public void begin(StepScalars step, MemorySegment gradient) {
    rates =
        optimizer.rates(
            new AdamW.Scalars(step.timeStep(), (float) step.learningRate(), step.gradientScale()));
  }

  @Override
  public void step(int block, MemorySegment gradient) {
    if (rates == null) {
      throw new IllegalStateException("a step begins before its blocks: block=" + block);
    }
    Prepared at = blocks.get(block);
    optimizer.step(rates, at.from(), at.to(), gradient, at.decayed());
  }

  private static Prepared prepared(ParameterLayout layout, Block from, Block to) {
    return new Prepared(
        state(from), state(to), layout.decayed(to.first(), to.first() + to.count()));
  }

  private static AdamW.State state(Block block) {
    return new AdamW.State(block.parameters(), block.state().get(0), block.state().get(1));
  }
}
