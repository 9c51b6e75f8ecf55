package dev.sampo.model.gpt;

import dev.sampo.device.Affine;
import dev.sampo.model.ParameterLayout;
import dev.sampo.model.ParameterTensor;
import java.lang.foreign.MemorySegment;

/**
 * One block's tensors as slices of a flat vector, of parameters or of their gradients.
 *
 * @param norm1 before attention
 * @param qkv (width, 3 width)
 * @param qkvBias (3 width)
 * @param attended (width, width): from the heads to the residual stream
 * @param attendedBias (width)
 * @param norm2 before the feed-forward part
 * @param up (width, 4 width)
 * @param upBias (4 width)
 * @param down (4 width, width)
 * @param downBias (width)
 */
record BlockParameters(
    Affine norm1,
    MemorySegment qkv,
    MemorySegment qkvBias,
    MemorySegment attended,
    MemorySegment attendedBias,
    Affine norm2,
    MemorySegment up,
    MemorySegment upBias,
    MemorySegment down,
    MemorySegment downBias) {

  static BlockParameters of(ParameterLayout layout, int layer, MemorySegment flat) {
    String block = "h." + layer + ".";
    return new BlockParameters(
        affine(layout, block + "ln_1", flat),
        slice(layout, block + "attn.c_attn.weight", flat),
        slice(layout, block + "attn.c_attn.bias", flat),
        slice(layout, block + "attn.c_proj.weight", flat),
        slice(layout, block + "attn.c_proj.bias", flat),
        affine(layout, block + "ln_2", flat),
        slice(layout, block + "mlp.c_fc.weight", flat),
        slice(layout, block + "mlp.c_fc.bias", flat),
        slice(layout, block + "mlp.c_proj.weight", flat),
        slice(layout, block + "mlp.c_proj.bias", flat));
  }

  static Affine affine(ParameterLayout layout, String name, MemorySegment flat) {
    return new Affine(slice(layout, name + ".weight", flat), slice(layout, name + ".bias", flat));
  }

  static MemorySegment slice(ParameterLayout layout, String name, MemorySegment flat) {
    ParameterTensor tensor = layout.tensor(name);
    return flat.asSlice(tensor.offset() * Float.BYTES, tensor.elements() * Float.BYTES);
  }
}
