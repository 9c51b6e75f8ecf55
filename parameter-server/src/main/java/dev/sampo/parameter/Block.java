package dev.sampo.parameter;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A run of consecutive parameters of one side. A view: the shard owns the memory.
 *
 * @param first index of the first parameter in the model's flat vector
 * @param parameters (n)
 * @param state each (n): AdamW's m, then v
 */
public record Block(long first, MemorySegment parameters, List<MemorySegment> state) {
  public Block {
    state = List.copyOf(state);
  }

  /** The parameters from one of this block on: a view. */
  Block part(long from, long count) {
    return new Block(
        first + from,
        slice(parameters, from, count),
        state.stream().map(kind -> slice(kind, from, count)).toList());
  }

  private static MemorySegment slice(MemorySegment floats, long from, long count) {
    return floats.asSlice(from * Float.BYTES, count * Float.BYTES);
  }

  /** n. */
  public long count() {
    return parameters.byteSize() / Float.BYTES;
  }
}
