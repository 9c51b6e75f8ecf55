package dev.sampo.model.gpt;

import dev.sampo.device.Affine;
import dev.sampo.model.ParameterLayout;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * All tensors as slices of one flat vector. Made once for each vector, so that a step allocates
 * none.
 *
 * @param flat the vector
 * @param tokens (vocabulary, width), the output head too
 * @param positions (context, width)
 * @param blocks in order
 * @param finalNorm before the output head
 */
record GptParameters(
    MemorySegment flat,
    MemorySegment tokens,
    MemorySegment positions,
    List<BlockParameters> blocks,
    Affine finalNorm) {

  static GptParameters of(ParameterLayout layout, int layers, MemorySegment flat) {
    long bytes = layout.total() * Float.BYTES;
    if (flat.byteSize() != bytes || !flat.isNative()) {
      throw new IllegalArgumentException(
          "a flat vector is native memory of the layout's size: bytes=%d, wantedBytes=%d, native=%b"
              .formatted(flat.byteSize(), bytes, flat.isNative()));
    }
    List<BlockParameters> blocks = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      blocks.add(BlockParameters.of(layout, layer, flat));
    }
    return new GptParameters(
        flat,
        BlockParameters.slice(layout, "wte.weight", flat),
        BlockParameters.slice(layout, "wpe.weight", flat),
        List.copyOf(blocks),
        BlockParameters.affine(layout, "ln_f", flat));
  }
}
