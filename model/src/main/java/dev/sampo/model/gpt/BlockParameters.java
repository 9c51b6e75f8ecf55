package dev.sampo.model.gpt;

import dev.sampo.device.Affine;
import dev.sampo.model.FlatVectors;
import java.lang.foreign.MemorySegment;

/**
 * One block's tensors as slices of flat vectors: of parameters, whose matrices are in the device's
 * precision, or of their gradients, all f32.
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

  static BlockParameters of(int layer, FlatVectors flat) {
    String block = "h." + layer + ".";
    return new BlockParameters(
        flat.affine(block + "ln_1"),
        flat.matrix(block + "attn.c_attn.weight"),
        flat.vector(block + "attn.c_attn.bias"),
        flat.matrix(block + "attn.c_proj.weight"),
        flat.vector(block + "attn.c_proj.bias"),
        flat.affine(block + "ln_2"),
        flat.matrix(block + "mlp.c_fc.weight"),
        flat.vector(block + "mlp.c_fc.bias"),
        flat.matrix(block + "mlp.c_proj.weight"),
        flat.vector(block + "mlp.c_proj.bias"));
  }
}
