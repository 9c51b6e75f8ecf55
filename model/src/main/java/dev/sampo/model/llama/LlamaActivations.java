package dev.sampo.model.llama;

import dev.sampo.device.Device;
import dev.sampo.model.transformer.Elements;
import java.lang.foreign.MemorySegment;

/**
 * What a block's backward pass needs of its forward pass. R is batch times context, C the width, P
 * the packed queries, keys and values of a token, F the inner width; "rounded" is the device's
 * precision.
 *
 * @param scales1 f32 (R)
 * @param normal1 rounded (R, C)
 * @param qkv rounded (R, P), turned
 * @param softmax f32 (batch, heads, context, 2)
 * @param mixed rounded (R, C): the heads' outputs side by side
 * @param middle f32 (R, C): the residual stream between the two halves
 * @param scales2 f32 (R)
 * @param normal2 rounded (R, C)
 * @param gateUp rounded (R, 2F)
 * @param gated rounded (R, F)
 */
record LlamaActivations(
    MemorySegment scales1,
    MemorySegment normal1,
    MemorySegment qkv,
    MemorySegment softmax,
    MemorySegment mixed,
    MemorySegment middle,
    MemorySegment scales2,
    MemorySegment normal2,
    MemorySegment gateUp,
    MemorySegment gated) {

  static LlamaActivations allocate(LlamaBlock.Common common) {
    Device device = common.device();
    long r = common.rows();
    long narrow = common.norm().rows().elements();
    long inner = r * common.shape().inner();
    return new LlamaActivations(
        device.allocate(r),
        device.allocateActivations(narrow),
        device.allocateActivations(r * common.shape().packed()),
        device.allocate(common.attention().statisticElements()),
        device.allocateActivations(narrow),
        device.allocate(narrow),
        device.allocate(r),
        device.allocateActivations(narrow),
        device.allocateActivations(2 * inner),
        device.allocateActivations(inner));
  }

  /** What {@link #allocate} takes. */
  static Elements elements(long rows, LlamaShape shape) {
    long narrow = rows * shape.width();
    return new Elements(
        2 * rows + 2 * rows * shape.heads() + narrow,
        3 * narrow + rows * (shape.packed() + 3L * shape.inner()));
  }
}
