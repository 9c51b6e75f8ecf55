package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.device.Precision;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * What a product of one row does with stored rows of its matrix: adds them up, or takes a dot
 * product. The other operands are f32 and stay in the first-level cache, so the speed is that at
 * which memory gives the matrix.
 *
 * <p>The same bits on any machine. Places and lengths are in elements.
 */
final class RowLoops {
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Float> SIXTEEN = FloatVector.SPECIES_512;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final boolean SIXTEEN_AT_ONCE = LANES.length() >= Reductions.BLOCK;
  private static final int FULL_BYTES = LANES.length() * Float.BYTES;
  private static final int HALF_BYTES = LANES.length() * Short.BYTES;

  private static final int ROWS = 4;

  private RowLoops() {}

  /**
   * Where sums are.
   *
   * @param segment f32
   */
  record Sum(MemorySegment segment, long at, int length) {}

  /**
   * y += x B for {@code rows} dense rows of B, of {@code precision}: each element of y is one chain
   * of fused operations in the order of the rows. Four rows at a time, since a sum that is stored
   * and loaded again for each row waits for itself.
   *
   * @param x f32 (rows), from {@code atX} on
   * @param y f32 (length)
   */
  static void add(
      Precision precision, int rows, MemorySegment x, long atX, MemorySegment b, long atB, Sum y) {
    int body = y.length() - y.length() % LANES.length();
    int row = 0;
    for (; row + ROWS <= rows; row += ROWS) {
      long at = atB + (long) row * y.length();
      switch (precision) {
        case F32 -> addFull(x, atX + row, b, at, y, body);
        case BF16 -> addHalf(x, atX + row, b, at, y, body);
      }
      for (int i = row; body < y.length() && i < row + ROWS; i++) {
        addOne(precision, x.getAtIndex(JAVA_FLOAT, atX + i), b, atB, i, y, body);
      }
    }
    for (; row < rows; row++) {
      addOne(precision, x.getAtIndex(JAVA_FLOAT, atX + row), b, atB, row, y, 0);
    }
  }

  /** One row's columns from {@code first} on. */
  private static void addOne(
      Precision precision, float factor, MemorySegment b, long atB, int row, Sum y, int first) {
    long from = atB + (long) row * y.length();
    for (int i = first; i < y.length(); i++) {
      float sum = y.segment().getAtIndex(JAVA_FLOAT, y.at() + i);
      float more = Math.fma(Bfloat16.get(precision, b, from + i), factor, sum);
      y.segment().setAtIndex(JAVA_FLOAT, y.at() + i, more);
    }
  }

  private static void addFull(
      MemorySegment x, long atX, MemorySegment b, long atB, Sum y, int body) {
    FloatVector x0 = FloatVector.broadcast(LANES, x.getAtIndex(JAVA_FLOAT, atX));
    FloatVector x1 = FloatVector.broadcast(LANES, x.getAtIndex(JAVA_FLOAT, atX + 1));
    FloatVector x2 = FloatVector.broadcast(LANES, x.getAtIndex(JAVA_FLOAT, atX + 2));
    FloatVector x3 = FloatVector.broadcast(LANES, x.getAtIndex(JAVA_FLOAT, atX + 3));
    MemorySegment sums = y.segment();
    long row = (long) y.length() * Float.BYTES;
    for (int i = 0; i < body; i += LANES.length()) {
      long from = (atB + i) * Float.BYTES;
      long to = (y.at() + i) * Float.BYTES;
      FloatVector sum = full(b, from).fma(x0, full(sums, to));
      sum = full(b, from + row).fma(x1, sum);
      sum = full(b, from + 2 * row).fma(x2, sum);
      full(b, from + 3 * row).fma(x3, sum).intoMemorySegment(sums, to, ORDER);
    }
  }

  private static void addHalf(
      MemorySegment x, long atX, MemorySegment b, long atB, Sum y, int body) {
    FloatVector x0 = FloatVector.broadcast(LANES, x.getAtIndex(JAVA_FLOAT, atX));
    FloatVector x1 = FloatVector.broadcast(LANES, x.getAtIndex(JAVA_FLOAT, atX + 1));
    FloatVector x2 = FloatVector.broadcast(LANES, x.getAtIndex(JAVA_FLOAT, atX + 2));
    FloatVector x3 = FloatVector.broadcast(LANES, x.getAtIndex(JAVA_FLOAT, atX + 3));
    MemorySegment sums = y.segment();
    long row = (long) y.length() * Short.BYTES;
    for (int i = 0; i < body; i += LANES.length()) {
      long from = (atB + i) * Short.BYTES;
      long to = (y.at() + i) * Float.BYTES;
      FloatVector sum = Bfloat16.widen(b, from).fma(x0, full(sums, to));
      sum = Bfloat16.widen(b, from + row).fma(x1, sum);
      sum = Bfloat16.widen(b, from + 2 * row).fma(x2, sum);
      Bfloat16.widen(b, from + 3 * row).fma(x3, sum).intoMemorySegment(sums, to, ORDER);
    }
  }

  private static FloatVector full(MemorySegment x, long atByte) {
    return FloatVector.fromMemorySegment(LANES, x, atByte, ORDER);
  }

  /**
   * The dot product of f32 x and b of {@code precision}, in the order of {@link Reductions}. The
   * compiler does not unroll these loops; by hand they run 1.4 times as fast.
   */
  static float dot(
      Precision precision, MemorySegment x, long atX, MemorySegment b, long atB, int length) {
    int body = length - length % Reductions.BLOCK;
    float total =
        switch (precision) {
          case F32 ->
              SIXTEEN_AT_ONCE
                  ? dotFull(x, atX, b, atB, body)
                  : Reductions.dot(x, atX, b, atB, body);
          case BF16 ->
              SIXTEEN_AT_ONCE
                  ? dotHalf(x, atX, b, atB, body)
                  : Reductions.dotHalf(x, atX, b, atB, body);
        };
    for (int i = body; i < length; i++) {
      float right = Bfloat16.get(precision, b, atB + i);
      total = Math.fma(x.getAtIndex(JAVA_FLOAT, atX + i), right, total);
    }
    return total;
  }

  private static float dotFull(MemorySegment x, long atX, MemorySegment b, long atB, int body) {
    FloatVector sums = FloatVector.zero(SIXTEEN);
    int i = 0;
    for (; i + 2 * Reductions.BLOCK <= body; i += 2 * Reductions.BLOCK) {
      long left = (atX + i) * Float.BYTES;
      long right = (atB + i) * Float.BYTES;
      sums = full(x, left).fma(full(b, right), sums);
      sums = full(x, left + FULL_BYTES).fma(full(b, right + FULL_BYTES), sums);
    }
    if (i < body) {
      sums = full(x, (atX + i) * Float.BYTES).fma(full(b, (atB + i) * Float.BYTES), sums);
    }
    return Reductions.fold(sums);
  }

  private static float dotHalf(MemorySegment x, long atX, MemorySegment b, long atB, int body) {
    FloatVector sums = FloatVector.zero(SIXTEEN);
    int i = 0;
    for (; i + 2 * Reductions.BLOCK <= body; i += 2 * Reductions.BLOCK) {
      long left = (atX + i) * Float.BYTES;
      long right = (atB + i) * Short.BYTES;
      sums = full(x, left).fma(Bfloat16.widen(b, right), sums);
      sums = full(x, left + FULL_BYTES).fma(Bfloat16.widen(b, right + HALF_BYTES), sums);
    }
    if (i < body) {
      long right = (atB + i) * Short.BYTES;
      sums = full(x, (atX + i) * Float.BYTES).fma(Bfloat16.widen(b, right), sums);
    }
    return Reductions.fold(sums);
  }
}
