package dev.sampo.parameter;

import dev.sampo.model.ParameterLayout;
import dev.sampo.model.ParameterTensor;
import dev.sampo.model.optimizer.AdamW;
import dev.sampo.model.optimizer.Muon;
import dev.sampo.model.optimizer.NewtonSchulz;
import java.util.List;

/**
 * A model whose matrices between layers are trained by Muon and all else by AdamW. Its shards are
 * those of {@link ShardPlan#ofWholeMatrices}. Matrices use the first kind of state, for their
 * velocity, and leave the second zero: blocks of one size for all serve both.
 *
 * @param rest for tables and vectors
 * @param newtonSchulz with room for the layout's matrices; all shards may share it
 */
public record MuonArithmetic(
    Muon muon, AdamW rest, ParameterLayout layout, FirstVersion start, NewtonSchulz newtonSchulz)
    implements ShardArithmetic {
  private static final int MOMENTS = 2;

  @Override
  public int stateFloats() {
    return MOMENTS;
  }

  @Override
  public ShardStep prepare(List<Block> from, List<Block> to) {
    return new MuonStep(this, from, to);
  }

  @Override
  public long cutAtOrAfter(long parameter) {
    for (ParameterTensor tensor : layout.tensors()) {
      if (tensor.matrices() > 0 && tensor.offset() < parameter && parameter < tensor.end()) {
        return tensor.end();
      }
    }
    return parameter;
  }
}
