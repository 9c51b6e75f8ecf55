package dev.sampo.parameter;

import dev.sampo.model.ParameterLayout;
import dev.sampo.model.optimizer.AdamW;
import java.util.List;

/** A model trained by AdamW: its layout says which parameters decay. */
public record AdamWArithmetic(AdamW optimizer, ParameterLayout layout, FirstVersion start)
    implements ShardArithmetic {
  private static final int MOMENTS = 2;

  @Override
  public int stateFloats() {
    return MOMENTS;
  }

  @Override
  public ShardStep prepare(List<Block> from, List<Block> to) {
    return new AdamWStep(optimizer, layout, from, to);
  }
}
