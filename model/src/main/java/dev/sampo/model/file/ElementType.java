package dev.sampo.model.file;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** How numbers lie in a file, little-endian. */
public enum ElementType {
  /** 32 bits. */
  F32(4, "float32"),
  /** The upper half of 32 bits. */
  BF16(2, "bfloat16"),
  /** IEEE 754's 16 bits. */
  F16(2, "float16");

  private static final ValueLayout.OfFloat FLOATS =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORTS =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int bytes;
  private final String torchName;

  ElementType(int bytes, String torchName) {
    this.bytes = bytes;
    this.torchName = torchName;
  }

  /** Bytes of a number. */
  public int bytes() {
    return bytes;
  }

  /** PyTorch's word for it. */
  public String torchName() {
    return torchName;
  }

  /**
   * Reads numbers as f32.
   *
   * @param file where they lie, from its first byte on
   * @param to room for them; its size says how many
   */
  void read(MemorySegment file, MemorySegment to) {
    long count = to.byteSize() / Float.BYTES;
    switch (this) {
      case F32 -> MemorySegment.copy(file, FLOATS, 0, to, JAVA_FLOAT, 0, count);
      case BF16 -> {
        for (long i = 0; i < count; i++) {
          int bits = file.get(SHORTS, 2 * i) << 16;
          to.setAtIndex(JAVA_FLOAT, i, Float.intBitsToFloat(bits));
        }
      }
      case F16 -> {
        for (long i = 0; i < count; i++) {
          to.setAtIndex(JAVA_FLOAT, i, Float.float16ToFloat(file.get(SHORTS, 2 * i)));
        }
      }
    }
  }

  /** Writes all of {@code from}, f32, rounded to the nearest, ties to even. */
  void write(MemorySegment from, MemorySegment file) {
    long count = from.byteSize() / Float.BYTES;
    switch (this) {
      case F32 -> MemorySegment.copy(from, JAVA_FLOAT, 0, file, FLOATS, 0, count);
      case BF16 -> {
        for (long i = 0; i < count; i++) {
          file.set(SHORTS, 2 * i, bfloat(from.getAtIndex(JAVA_FLOAT, i)));
        }
      }
      case F16 -> {
        for (long i = 0; i < count; i++) {
          file.set(SHORTS, 2 * i, Float.floatToFloat16(from.getAtIndex(JAVA_FLOAT, i)));
        }
      }
    }
  }

  private static short bfloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) ((bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16);
  }
}
