package dev.sampo.model.gpt;

import dev.sampo.device.AttentionShape;
import dev.sampo.device.Device;
import dev.sampo.device.Rows;
import dev.sampo.model.transformer.Elements;
import java.lang.foreign.MemorySegment;

/**
 * What a block's backward pass needs of its forward pass. R is batch times context, C the width;
 * "rounded" is the device's precision.
 *
 * @param statistics1 f32 (R, 2)
 * @param normal1 rounded (R, C)
 * @param qkv rounded (R, 3C)
 * @param softmax f32 (batch, heads, context, 2)
 * @param mixed rounded (R, C): the heads' outputs side by side
 * @param middle f32 (R, C): the residual stream between the two halves
 * @param statistics2 f32 (R, 2)
 * @param normal2 rounded (R, C)
 * @param before rounded (R, 4C): what GELU takes
 * @param after rounded (R, 4C): what GELU gives
 */
record BlockActivations(
    MemorySegment statistics1,
    MemorySegment normal1,
    MemorySegment qkv,
    MemorySegment softmax,
    MemorySegment mixed,
    MemorySegment middle,
    MemorySegment statistics2,
    MemorySegment normal2,
    MemorySegment before,
    MemorySegment after) {

  static BlockActivations allocate(Device device, AttentionShape attention) {
    Rows rows = new Rows(attention.batch() * attention.context(), attention.width());
    long narrow = rows.elements();
    return new BlockActivations(
        device.allocate(2L * rows.rows()),
        device.allocateActivations(narrow),
        device.allocateActivations(3 * narrow),
        device.allocate(attention.statisticElements()),
        device.allocateActivations(narrow),
        device.allocate(narrow),
        device.allocate(2L * rows.rows()),
        device.allocateActivations(narrow),
        device.allocateActivations(4 * narrow),
        device.allocateActivations(4 * narrow));
  }

  /** What {@link #allocate} takes. */
  static Elements elements(long rows, GptShape shape) {
    long narrow = rows * shape.width();
    return new Elements(4 * rows + 2 * rows * shape.heads() + narrow, 14 * narrow);
  }
}
