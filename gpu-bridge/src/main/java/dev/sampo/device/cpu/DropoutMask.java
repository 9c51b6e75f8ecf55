package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.device.Dropout;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The mask of a {@link Dropout}. Key, row and column go through Wellons's 32-bit finaliser {@code
 * lowbias32}, of small bias and cheap in vectors: once for the row and once for the element.
 */
final class DropoutMask {
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int GOLDEN = 0x9E3779B9;
  private static final int FIRST = 0x7FEB352D;
  private static final int SECOND = 0x846CA68B;
  private static final int FRACTION_BITS = 24;

  private DropoutMask() {}

  static int rowKey(Dropout dropout, long row) {
    return mix(mix(dropout.key() + (int) (row >>> 32) * GOLDEN) + (int) row * GOLDEN);
  }

  private static int mix(int value) {
    int x = value;
    x = (x ^ (x >>> 16)) * FIRST;
    x = (x ^ (x >>> 15)) * SECOND;
    return x ^ (x >>> 16);
  }

  /** Of a rate, in 24 bits: elements whose fraction is smaller are dropped. */
  private static int threshold(Dropout dropout) {
    return (int) Math.ceil(dropout.rate() * (double) (1 << FRACTION_BITS));
  }

  static boolean keeps(Dropout dropout, int rowKey, int column) {
    return mix(rowKey + column * GOLDEN) >>> (32 - FRACTION_BITS) >= threshold(dropout);
  }

  /**
   * y = x / (1 - rate) where it is kept, 0 where it is dropped.
   *
   * @param rowKey of the row that x is part of
   * @param column of the first element
   */
  static void apply(
      Dropout dropout,
      int rowKey,
      int column,
      MemorySegment x,
      long atX,
      MemorySegment y,
      long atY,
      int length) {
    float factor = 1f / (1f - dropout.rate());
    int threshold = threshold(dropout);
    IntVector steps = IntVector.zero(INTS).addIndex(1).mul(GOLDEN);
    int i = 0;
    for (; i + LANES.length() <= length; i += LANES.length()) {
      IntVector bits = steps.add(rowKey + (column + i) * GOLDEN);
      bits = bits.lanewise(VectorOperators.XOR, bits.lanewise(VectorOperators.LSHR, 16)).mul(FIRST);
      bits =
          bits.lanewise(VectorOperators.XOR, bits.lanewise(VectorOperators.LSHR, 15)).mul(SECOND);
      bits = bits.lanewise(VectorOperators.XOR, bits.lanewise(VectorOperators.LSHR, 16));
      var kept =
          bits.lanewise(VectorOperators.LSHR, 32 - FRACTION_BITS)
              .compare(VectorOperators.GE, threshold);
      FloatVector v = FloatVector.fromMemorySegment(LANES, x, (atX + i) << 2, ORDER).mul(factor);
      FloatVector.zero(LANES)
          .blend(v, kept.cast(LANES))
          .intoMemorySegment(y, (atY + i) << 2, ORDER);
    }
    for (; i < length; i++) {
      float value = x.getAtIndex(JAVA_FLOAT, atX + i) * factor;
      y.setAtIndex(JAVA_FLOAT, atY + i, keeps(dropout, rowKey, column + i) ? value : 0f);
    }
  }
}
