package dev.sampo.parameter;

import dev.sampo.device.FloatVectors;
import dev.sampo.model.Initialiser;
import dev.sampo.model.ParameterLayout;
import dev.sampo.model.optimizer.AdamW;
import java.lang.foreign.MemorySegment;
import java.util.List;

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
  public ShardStep prepare(List<Block> from, List<Block> to) {
    return new AdamWStep(optimizer, layout, from, to);
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
