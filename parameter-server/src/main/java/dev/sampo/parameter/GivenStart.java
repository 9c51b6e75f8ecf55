package dev.sampo.parameter;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The same arithmetic, but for version 0: its parameters are given, and not drawn from a seed.
 *
 * @param arithmetic what is computed from there on
 * @param parameters where version 0 is read from
 */
public record GivenStart(ShardArithmetic arithmetic, Source parameters) implements ShardArithmetic {
  /** A flat vector that any part can be read of, to the same bits each time. */
  @FunctionalInterface
  public interface Source {
    /** Writes elements [from, to) to the start of {@code out}. */
    void fill(long from, long to, MemorySegment out);
  }

  @Override
  public int stateFloats() {
    return arithmetic.stateFloats();
  }

  @Override
  public void initialise(long first, MemorySegment out) {
    parameters.fill(first, first + out.byteSize() / Float.BYTES, out);
  }

  @Override
  public ShardStep prepare(List<Block> from, List<Block> to) {
    return arithmetic.prepare(from, to);
  }

  @Override
  public void add(MemorySegment left, MemorySegment right) {
    arithmetic.add(left, right);
  }

  @Override
  public double sumSquares(MemorySegment values) {
    return arithmetic.sumSquares(values);
  }

  @Override
  public boolean finite(MemorySegment values) {
    return arithmetic.finite(values);
  }
}
