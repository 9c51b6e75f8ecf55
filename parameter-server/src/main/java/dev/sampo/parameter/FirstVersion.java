package dev.sampo.parameter;

import java.lang.foreign.MemorySegment;

/**
 * The parameters of version 0: a flat vector that any part can be had of, to the same bits each
 * time. Drawn from a seed or read from a model that others have trained.
 */
@FunctionalInterface
public interface FirstVersion {
  /** Writes elements [from, to) to the start of {@code out}. */
  void fill(long from, long to, MemorySegment out);
}
