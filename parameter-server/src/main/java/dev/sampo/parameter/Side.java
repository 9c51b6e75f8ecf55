package dev.sampo.parameter;

import dev.sampo.device.FloatVectors;
import dev.sampo.device.Precision;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * One side of a shard, A or B, as blocks in order. The flat form in which a side travels is
 *
 * <pre>
 * parameters (n) | state 0 (n) | state 1 (n) | ...
 * </pre>
 *
 * so its digests can be checked before it is cut into blocks.
 */
final class Side {
  private final List<Block> blocks;
  private final long planeBytes;
  private final int stateFloats;

  Side(List<Block> blocks, int stateFloats) {
    this.blocks = List.copyOf(blocks);
    this.planeBytes = blocks.stream().mapToLong(block -> block.parameters().byteSize()).sum();
    this.stateFloats = stateFloats;
  }

  List<Block> blocks() {
    return blocks;
  }

  /** The blocks, and parts of blocks, from a parameter of the shard on: a view. */
  Side part(long from, long count) {
    List<Block> parts = new ArrayList<>();
    long begin = 0;
    for (Block block : blocks) {
      long first = Math.clamp(from - begin, 0, block.count());
      long end = Math.clamp(from + count - begin, first, block.count());
      if (end > first) {
        parts.add(block.part(first, end - first));
      }
      begin += block.count();
    }
    return new Side(parts, stateFloats);
  }

  /** Rounded on the way to what {@code precision} can tell apart; still a float each. */
  void copyParametersTo(MemorySegment flat, Precision precision) {
    long at = 0;
    for (Block block : blocks) {
      at = append(block.parameters(), flat, at, precision);
    }
  }

  void copyTo(MemorySegment flat) {
    copyParametersTo(flat, Precision.F32);
    long at = planeBytes;
    for (int kind = 0; kind < stateFloats; kind++) {
      for (Block block : blocks) {
        at = append(block.state().get(kind), flat, at, Precision.F32);
      }
    }
  }

  /**
   * Takes over what lies flat.
   *
   * @param file in which this side lies
   */
  void copyFrom(MemorySegment flat, MappedFile file) {
    long at = 0;
    for (Block block : blocks) {
      long bytes = block.parameters().byteSize();
      file.put(block.parameters(), flat.asSlice(at, bytes));
      for (int kind = 0; kind < stateFloats; kind++) {
        file.put(block.state().get(kind), flat.asSlice(at + (kind + 1) * planeBytes, bytes));
      }
      at += bytes;
    }
    file.flush();
  }

  /** Brings in pages that nobody has touched yet; its bytes are zeros afterwards. */
  void bringIn(MappedFile file) {
    for (Block block : blocks) {
      file.bringIn(block.parameters());
      block.state().forEach(file::bringIn);
    }
    file.flush();
  }

  void copyFrom(Side other) {
    for (int i = 0; i < blocks.size(); i++) {
      Block to = blocks.get(i);
      Block from = other.blocks.get(i);
      to.parameters().copyFrom(from.parameters());
      for (int kind = 0; kind < stateFloats; kind++) {
        to.state().get(kind).copyFrom(from.state().get(kind));
      }
    }
  }

  void clearState() {
    blocks.forEach(block -> block.state().forEach(state -> state.fill((byte) 0)));
  }

  long bytes() {
    return planeBytes * (1 + stateFloats);
  }

  int stateFloats() {
    return stateFloats;
  }

  private static long append(MemorySegment part, MemorySegment flat, long at, Precision precision) {
    MemorySegment to = flat.asSlice(at, part.byteSize());
    switch (precision) {
      case F32 -> to.copyFrom(part);
      case BF16 -> FloatVectors.roundToBf16(to, part);
    }
    return at + part.byteSize();
  }
}
