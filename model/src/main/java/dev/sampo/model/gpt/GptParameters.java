package dev.sampo.model.gpt;

import dev.sampo.device.Affine;
import dev.sampo.device.Precision;
import dev.sampo.model.FlatVectors;
import dev.sampo.model.ParameterLayout;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * All tensors as slices of one flat vector. Made once for each vector, so that a step allocates
 * none.
 *
 * @param flat the vector
 * @param tokens f32 (vocabulary, width)
 * @param head the same in the device's precision: the output head
 * @param positions (context, width)
 * @param blocks in order
 * @param finalNorm before the output head
 */
record GptParameters(
    MemorySegment flat,
    MemorySegment tokens,
    MemorySegment head,
    MemorySegment positions,
    List<BlockParameters> blocks,
    Affine finalNorm) {

  /** Gradients: f32 throughout. */
  static GptParameters ofGradients(ParameterLayout layout, int layers, MemorySegment flat) {
    return of(layers, new FlatVectors(layout, flat, flat, Precision.F32));
  }

  static GptParameters of(int layers, FlatVectors vectors) {
    List<BlockParameters> blocks = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      blocks.add(BlockParameters.of(layer, vectors));
    }
    return new GptParameters(
        vectors.flat(),
        vectors.vector("wte.weight"),
        vectors.matrix("wte.weight"),
        vectors.vector("wpe.weight"),
        List.copyOf(blocks),
        vectors.affine("ln_f"));
  }
}
