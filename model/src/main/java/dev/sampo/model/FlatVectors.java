package dev.sampo.model;

import dev.sampo.device.Affine;
import dev.sampo.device.Device;
import dev.sampo.device.Precision;
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
public record FlatVectors(
    ParameterLayout layout, MemorySegment flat, MemorySegment rounded, Precision precision) {

  public FlatVectors {
    long bytes = layout.total() * Float.BYTES;
    if (flat.byteSize() != bytes || !flat.isNative()) {
      throw new IllegalArgumentException(
          "a flat vector is native memory of the layout's size: bytes=%d, wantedBytes=%d, native=%b"
              .formatted(flat.byteSize(), bytes, flat.isNative()));
    }
  }

  /**
   * Tensors that do not change from now on: on a device of less than f32 they are rounded here,
   * once.
   *
   * @param flat f32, read as long as the slices are used
   */
  public static FlatVectors read(ParameterLayout layout, MemorySegment flat, Device device) {
    if (device.precision() == Precision.F32) {
      return new FlatVectors(layout, flat, flat, Precision.F32);
    }
    MemorySegment rounded = device.allocateActivations(layout.total());
    FlatVectors vectors = new FlatVectors(layout, flat, rounded, device.precision());
    device.round(layout.total(), flat, rounded);
    return vectors;
  }

  /** A matrix in the precision of products. */
  public MemorySegment matrix(String name) {
    return matrices(name, name);
  }

  /** Matrices that lie side by side, from the first to the last, as one. */
  public MemorySegment matrices(String first, String last) {
    return slice(first, last, rounded, precision);
  }

  /** A vector, or a table that is not multiplied with. */
  public MemorySegment vector(String name) {
    return slice(name, name, flat, Precision.F32);
  }

  /** Gain and bias of a norm. */
  public Affine affine(String name) {
    return new Affine(vector(name + ".weight"), vector(name + ".bias"));
  }

  private MemorySegment slice(String first, String last, MemorySegment from, Precision of) {
    long start = layout.tensor(first).offset();
    long elements = layout.tensor(last).end() - start;
    return from.asSlice(start * of.bytes(), elements * of.bytes());
  }
}
