package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sampo.device.Precision;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * To bf16 and back. Rounding is to nearest, ties to even: adding 0x7FFF and the lowest kept bit
 * carries into the kept half exactly where it should, infinity from the largest numbers included. A
 * NaN, which the carry could make a number, becomes the one of the same sign with its quiet bit.
 */
final class Bfloat16 {
  private static final VectorSpecies<Float> LANES = Reductions.LANES;
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, LANES.vectorShape());
  private static final VectorSpecies<Short> HALVES =
      VectorSpecies.of(
          short.class, jdk.incubator.vector.VectorShape.forBitSize(LANES.vectorBitSize() / 2));
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int MAGNITUDE = 0x7FFFFFFF;
  private static final int INFINITY = 0x7F800000;
  private static final int QUIET = 0x00400000;

  private Bfloat16() {}

  static short round(float value) {
    int bits = Float.floatToRawIntBits(value);
    if ((bits & MAGNITUDE) > INFINITY) {
      return (short) ((bits | QUIET) >>> 16);
    }
    return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
  }

  static float widen(short half) {
    return Float.intBitsToFloat(half << 16);
  }

  /** One element of {@code precision}. */
  static float get(Precision precision, MemorySegment x, long at) {
    return switch (precision) {
      case F32 -> x.getAtIndex(JAVA_FLOAT, at);
      case BF16 -> widen(x.getAtIndex(JAVA_SHORT, at));
    };
  }

  /** As many elements of bf16 as a vector of {@link Reductions#LANES} holds floats. */
  static FloatVector widen(MemorySegment x, long atByte) {
    ShortVector halves = ShortVector.fromMemorySegment(HALVES, x, atByte, ORDER);
    return ((IntVector) halves.convertShape(VectorOperators.S2I, INTS, 0))
        .lanewise(VectorOperators.LSHL, 16)
        .reinterpretAsFloats();
  }

  /** y = x, of f32 rounded to bf16. Places are in elements. */
  static void round(MemorySegment x, long atX, MemorySegment y, long atY, int length) {
    int i = 0;
    for (; i + LANES.length() <= length; i += LANES.length()) {
      IntVector bits = IntVector.fromMemorySegment(INTS, x, (atX + i) << 2, ORDER);
      IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
      IntVector rounded = bits.add(0x7FFF).add(odd);
      IntVector half =
          rounded
              .blend(bits.or(QUIET), bits.and(MAGNITUDE).compare(VectorOperators.GT, INFINITY))
              .lanewise(VectorOperators.ASHR, 16);
      ((ShortVector) half.convertShape(VectorOperators.I2S, HALVES, 0))
          .intoMemorySegment(y, (atY + i) << 1, ORDER);
    }
    for (; i < length; i++) {
      y.setAtIndex(JAVA_SHORT, atY + i, round(x.getAtIndex(JAVA_FLOAT, atX + i)));
    }
  }

  /** y = x, of bf16 to f32. Places are in elements. */
  static void widen(MemorySegment x, long atX, MemorySegment y, long atY, int length) {
    int i = 0;
    for (; i + LANES.length() <= length; i += LANES.length()) {
      widen(x, (atX + i) << 1).intoMemorySegment(y, (atY + i) << 2, ORDER);
    }
    for (; i < length; i++) {
      y.setAtIndex(JAVA_FLOAT, atY + i, widen(x.getAtIndex(JAVA_SHORT, atX + i)));
    }
  }

  /** y = x, of f32 to {@code precision}: a copy, or rounded. */
  static void store(
      Precision precision, MemorySegment x, long atX, MemorySegment y, long atY, int length) {
    switch (precision) {
      case F32 -> MemorySegment.copy(x, atX << 2, y, atY << 2, (long) length << 2);
      case BF16 -> round(x, atX, y, atY, length);
    }
  }

  /** y = x, of {@code precision} to f32: a copy, or widened. */
  static void load(
      Precision precision, MemorySegment x, long atX, MemorySegment y, long atY, int length) {
    switch (precision) {
      case F32 -> MemorySegment.copy(x, atX << 2, y, atY << 2, (long) length << 2);
      case BF16 -> widen(x, atX, y, atY, length);
    }
  }
}
