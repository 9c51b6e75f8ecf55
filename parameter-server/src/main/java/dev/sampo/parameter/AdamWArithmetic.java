package dev.sampo.parameter;

import dev.sampo.device.FloatVectors;
import dev.sampo.model.Initialiser;
import dev.sampo.model.ParameterLayout;
import dev.sampo.model.optimizer.AdamW;
import java.lang.foreign.MemorySegment;

/**
 * A model trained by AdamW: its layout says which parameters decay, its initialiser what version 0
 * is.
 *
 * @param seed of version 0
 */
public record AdamWArithmetic(
    AdamW optimizer, ParameterLayout layout, Initialiser initialiser, long seed)
    implements ShardArithmetic {
  private static final int MOMENTS = 2;

  @Override
  public int stateFloats() {
    return MOMENTS;
  }

  @Override
  public void initialise(long first, MemorySegment parameters) {
    initialiser.fill(seed, first, first + parameters.byteSize() / Float.BYTES, parameters);
  }

  @Override
  public void step(StepScalars scalars, Block from, Block to, MemorySegment gradient) {
    optimizer.step(
        new AdamW.Scalars(
            scalars.timeStep(), (float) scalars.learningRate(), scalars.gradientScale()),
        state(from),
        state(to),
        gradient,
        layout.decayed(to.first(), to.first() + to.count()));
  }

  @Override
  public void add(MemorySegment left, MemorySegment right) {
    FloatVectors.add(left, left, right);
  }

  @Override
  public double sumSquares(MemorySegment values) {
    return FloatVectors.sumSquares(values);
  }

  @Override
  public boolean finite(MemorySegment values) {
    return FloatVectors.allFinite(values);
  }

  private static AdamW.State state(Block block) {
    return new AdamW.State(block.parameters(), block.state().get(0), block.state().get(1));
  }
}
