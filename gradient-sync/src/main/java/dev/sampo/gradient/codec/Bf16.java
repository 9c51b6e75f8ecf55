package dev.sampo.gradient.codec;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.Vector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The upper half of an f32: its sign, its exponent and seven bits. Rounds to the nearest, a tie to
 * the even one; what is too large becomes infinite, and a NaN stays one (quiet). What was rounded
 * once comes back as it is: decode, then encode, gives the same bits.
 */
public record Bf16() implements Codec {
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(INTS.vectorBitSize() / 2));
  private static final int ALMOST_HALF = 0x7fff;
  private static final int MAGNITUDE = 0x7fff_ffff;
  private static final int INFINITY = 0x7f80_0000;
  private static final int QUIET = 0x40;

  @Override
  public byte code() {
    return 1;
  }

  @Override
  public boolean takes(long decodedBytes) {
    return decodedBytes % Float.BYTES == 0;
  }

  @Override
  public int encodedBytes(int decodedBytes) {
    return decodedBytes / 2;
  }

  @Override
  public int decodedCapacity(int encodedBytes) {
    return encodedBytes / Short.BYTES * Float.BYTES;
  }

  @Override
  public void encode(
      MemorySegment from, long fromAt, MemorySegment to, long toAt, int decodedBytes) {
    int body = decodedBytes - decodedBytes % INTS.vectorByteSize();
    int at = 0;
    for (; at < body; at += INTS.vectorByteSize()) {
      IntVector bits = IntVector.fromMemorySegment(INTS, from, fromAt + at, ORDER);
      IntVector odd = bits.lanewise(VectorOperators.LSHR, Short.SIZE).and(1);
      IntVector rounded = bits.add(odd).add(ALMOST_HALF).lanewise(VectorOperators.LSHR, Short.SIZE);
      VectorMask<Integer> nan = bits.and(MAGNITUDE).compare(VectorOperators.GT, INFINITY);
      IntVector quiet = bits.lanewise(VectorOperators.LSHR, Short.SIZE).or(QUIET);
      Vector<Short> narrow = rounded.blend(quiet, nan).convertShape(VectorOperators.I2S, SHORTS, 0);
      narrow.intoMemorySegment(to, toAt + at / 2, ORDER);
    }
    for (; at < decodedBytes; at += Float.BYTES) {
      to.set(JAVA_SHORT_UNALIGNED, toAt + at / 2, round(from.get(JAVA_INT_UNALIGNED, fromAt + at)));
    }
  }

  @Override
  public void decode(
      MemorySegment from, long fromAt, MemorySegment to, long toAt, int decodedBytes) {
    int body = decodedBytes - decodedBytes % INTS.vectorByteSize();
    int at = 0;
    for (; at < body; at += INTS.vectorByteSize()) {
      ShortVector.fromMemorySegment(SHORTS, from, fromAt + at / 2, ORDER)
          .convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0)
          .reinterpretAsInts()
          .lanewise(VectorOperators.LSHL, Short.SIZE)
          .intoMemorySegment(to, toAt + at, ORDER);
    }
    for (; at < decodedBytes; at += Float.BYTES) {
      int upper = from.get(JAVA_SHORT_UNALIGNED, fromAt + at / 2) << Short.SIZE;
      to.set(JAVA_INT_UNALIGNED, toAt + at, upper);
    }
  }

  /** One number, the plain way. */
  static short round(int bits) {
    if ((bits & MAGNITUDE) > INFINITY) {
      return (short) ((bits >>> Short.SIZE) | QUIET);
    }
    int odd = (bits >>> Short.SIZE) & 1;
    return (short) ((bits + odd + ALMOST_HALF) >>> Short.SIZE);
  }
}
