package dev.sampo.model.gpt;

import dev.sampo.device.Affine;
import dev.sampo.device.Precision;
import dev.sampo.model.ParameterLayout;
import dev.sampo.model.ParameterTensor;
import java.lang.foreign.MemorySegment;

/**
 * A model's tensors as slices.
 *
 * @param layout where each lies
 * @param flat f32: all of them
 * @param rounded all of them once more in {@code precision}, of which the matrices are used; may be
 *     {@code flat}
 * @param precision of {@code rounded}
 */
record FlatVectors(
    ParameterLayout layout, MemorySegment flat, MemorySegment rounded, Precision precision) {

  FlatVectors {
    long bytes = layout.total() * Float.BYTES;
    if (flat.byteSize() != bytes || !flat.isNative()) {
      throw new IllegalArgumentException(
          "a flat vector is native memory of the layout's size: bytes=%d, wantedBytes=%d, native=%b"
              .formatted(flat.byteSize(), bytes, flat.isNative()));
    }
  }

  /** A matrix in the precision of products. */
  MemorySegment matrix(String name) {
    return slice(name, rounded, precision);
  }

  /** A vector, or a table that is not multiplied with. */
  MemorySegment vector(String name) {
    return slice(name, flat, Precision.F32);
  }

  Affine affine(String name) {
    return new Affine(vector(name + ".weight"), vector(name + ".bias"));
  }

  private MemorySegment slice(String name, MemorySegment from, Precision of) {
    ParameterTensor tensor = layout.tensor(name);
    return from.asSlice(tensor.offset() * of.bytes(), tensor.elements() * of.bytes());
  }
}
