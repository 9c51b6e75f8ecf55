package dev.sampo.model.gpt;

import dev.sampo.device.Affine;
import dev.sampo.model.FlatVectors;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * All tensors as slices of one flat vector: of parameters, or of their gradients, all f32. Made
 * once for each vector, so that a step allocates none.
 *
 * @param tokens f32 (vocabulary, width)
 * @param head the same, for parameters in the device's precision: the output head
 * @param positions (context, width)
 * @param blocks in order
 * @param finalNorm before the output head
 */
record GptParameters(
    MemorySegment tokens,
    MemorySegment head,
    MemorySegment positions,
    List<BlockParameters> blocks,
    Affine finalNorm) {

  static GptParameters of(int layers, FlatVectors vectors) {
    List<BlockParameters> blocks = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      blocks.add(BlockParameters.of(layer, vectors));
    }
    return new GptParameters(
        vectors.vector("wte.weight"),
        vectors.matrix("wte.weight"),
        vectors.vector("wpe.weight"),
        List.copyOf(blocks),
        vectors.affine("ln_f"));
  }
}
