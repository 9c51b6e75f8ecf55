package dev.sampo.parameter;

import dev.sampo.device.FloatVectors;
import dev.sampo.model.Initialiser;
import dev.sampo.model.ParameterLayout;
import dev.sampo.model.optimizer.Sgd;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A model trained by SGD with momentum: its layout says which parameters decay, its initialiser
 * what version 0 is.
 *
 * @param seed of version 0
 */
public record SgdArithmetic(
    Sgd optimizer, ParameterLayout layout, Initialiser initialiser, long seed)
    implements ShardArithmetic {

  @Override
  public int stateFloats() {
    return 1;
  }

  @Override
  public void initialise(long first, MemorySegment parameters) {
    initialiser.fill(seed, first, first + parameters.byteSize() / Float.BYTES, parameters);
  }

  @Override
  public ShardStep prepare(List<Block> from, List<Block> to) {
    return ShardStep.elementwise(from, to, this::step);
  }

  private void step(StepScalars scalars, Block from, Block to, MemorySegment gradient) {
    optimizer.step(
        new Sgd.Scalars((float) scalars.learningRate(), scalars.gradientScale()),
        new Sgd.State(from.parameters(), from.state().getFirst()),
        new Sgd.State(to.parameters(), to.state().getFirst()),
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
}
