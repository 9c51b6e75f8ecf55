package dev.sampo.parameter;

import dev.sampo.model.ParameterLayout;
import dev.sampo.model.optimizer.Sgd;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A model trained by SGD with momentum: its layout says which parameters decay. */
public record SgdArithmetic(Sgd optimizer, ParameterLayout layout, FirstVersion start)
    implements ShardArithmetic {

  @Override
  public int stateFloats() {
    return 1;
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
}
