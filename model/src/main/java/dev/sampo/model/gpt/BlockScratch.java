package dev.sampo.model.gpt;

import dev.sampo.device.Device;
import dev.sampo.device.Precision;
import dev.sampo.device.Rows;
import java.lang.foreign.MemorySegment;

/**
 * Room that backward uses and that no block keeps; shared by all blocks.
 *
 * @param narrow f32 (R, C); rounded for a moment, between two products
 * @param wide rounded (R, 4C)
 * @param dropped f32 (R, C), with dropout only
 * @param rounded (R, C), on a device of less than f32 only
 */
record BlockScratch(
    MemorySegment narrow, MemorySegment wide, MemorySegment dropped, MemorySegment rounded) {

  static BlockScratch allocate(Device device, Rows rows, float dropout) {
    return new BlockScratch(
        device.allocate(rows.elements()),
        device.allocateActivations(4 * rows.elements()),
        dropout > 0 ? device.allocate(rows.elements()) : MemorySegment.NULL,
        device.precision() == Precision.F32
            ? MemorySegment.NULL
            : device.allocateActivations(rows.elements()));
  }
}
