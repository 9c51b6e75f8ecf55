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

  /** n. */
  public long count() {
    return parameters.byteSize() / Float.BYTES;
  }
}
