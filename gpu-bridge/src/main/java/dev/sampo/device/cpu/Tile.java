package dev.sampo.device.cpu;

import dev.sampo.device.Operand;
import dev.sampo.device.Precision;

/**
 * One single-threaded product of strided matrices, C (m, n) = op(A) op(B), summed in f32.
 *
 * @param strideA elements from one stored row of A to the next; likewise B and C
 * @param operands what A and B are stored in
 * @param result what C is stored in
 * @param onto what happens to what was in C
 */
record Tile(
    int m,
    int n,
    int k,
    Operand a,
    Operand b,
    int strideA,
    int strideB,
    int strideC,
    Precision operands,
    Precision result,
    Onto onto) {

  /** What happens to what was in C. */
  enum Onto {
    /** It is lost. */
    OVERWRITE,
    /** The product is added to it; C is f32. */
    ADD
  }

  Tile {
    if (onto == Onto.ADD && result != Precision.F32) {
      throw new IllegalArgumentException("sums are kept in f32: result=" + result);
    }
  }
}
