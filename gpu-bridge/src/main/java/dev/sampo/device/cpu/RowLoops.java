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
  private static final VectorSpecies<Float> LANES = Reductions.LANES;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final boolean SIXTEEN_AT_ONCE = LANES.length() == Reductions.BLOCK;
  private static final int FULL_BYTES = LANES.length() * Float.BYTES;
  private static final int HALF_BYTES = LANES.length() * Short.BYTES;

  /**
   * Rows that are read at once. They lie a quarter of all rows apart: the processor fetches ahead
   * within a page only, and four pages that it walks through at once make up for the halt at the
   * end of each.
   */
  private static final int STREAMS = 4;

  private RowLoops() {}

  /**
   * A vector in memory.
   *
   * @param segment f32
   */
  record Floats(MemorySegment segment, long at, int length) {}

  /**
   * y += x B for dense rows of B, of {@code precision}: each element of y is one chain of fused
   * operations. Four rows at a time, since a sum that is stored and loaded again for each row waits
   * for itself; they lie a quarter of all rows apart, and the chain has their order.
   *
   * @param x as many elements as B has rows
   */
  static void add(Precision precision, Floats x, MemorySegment b, long atB, Floats y) {
    int body = y.length() - y.length() % LANES.length();
    int quarter = x.length() / STREAMS;
    for (int row = 0; row < quarter; row++) {
      long at = atB + (long) row * y.length();
      switch (precision) {
        case F32 -> addFull(x, row, b, at, y, body);
        case BF16 -> addHalf(x, row, b, at, y, body);
      }
      for (int stream = 0; stream < STREAMS; stream++) {
        addOne(precision, x, b, atB, row + stream * quarter, y, body);
      }
    }
    for (int row = quarter * STREAMS; row < x.length(); row++) {
      addOne(precision, x, b, atB, row, y, 0);
    }
  }

  private static float get(Floats x, int index) {
    return x.segment().getAtIndex(JAVA_FLOAT, x.at() + index);
  }

  /** One row's columns from {@code first} on. */
  private static void addOne(
      Precision precision, Floats x, MemorySegment b, long atB, int row, Floats y, int first) {
    float factor = get(x, row);
    long from = atB + (long) row * y.length();
    for (int i = first; i < y.length(); i++) {
      float sum = y.segment().getAtIndex(JAVA_FLOAT, y.at() + i);
      float more = Math.fma(Bfloat16.get(precision, b, from + i), factor, sum);
      y.segment().setAtIndex(JAVA_FLOAT, y.at() + i, more);
    }
  }

  private static void addFull(Floats x, int row, MemorySegment b, long atB, Floats y, int body) {
    int quarter = x.length() / STREAMS;
    FloatVector x0 = FloatVector.broadcast(LANES, get(x, row));
    FloatVector x1 = FloatVector.broadcast(LANES, get(x, row + quarter));
    FloatVector x2 = FloatVector.broadcast(LANES, get(x, row + 2 * quarter));
    FloatVector x3 = FloatVector.broadcast(LANES, get(x, row + 3 * quarter));
    MemorySegment sums = y.segment();
    long next = (long) quarter * y.length() * Float.BYTES;
    for (int i = 0; i < body; i += LANES.length()) {
      long from = (atB + i) * Float.BYTES;
      long to = (y.at() + i) * Float.BYTES;
      FloatVector sum = full(b, from).fma(x0, full(sums, to));
      sum = full(b, from + next).fma(x1, sum);
      sum = full(b, from + 2 * next).fma(x2, sum);
      full(b, from + 3 * next).fma(x3, sum).intoMemorySegment(sums, to, ORDER);
    }
  }

  private static void addHalf(Floats x, int row, MemorySegment b, long atB, Floats y, int body) {
    int quarter = x.length() / STREAMS;
    FloatVector x0 = FloatVector.broadcast(LANES, get(x, row));
    FloatVector x1 = FloatVector.broadcast(LANES, get(x, row + quarter));
    FloatVector x2 = FloatVector.broadcast(LANES, get(x, row + 2 * quarter));
    FloatVector x3 = FloatVector.broadcast(LANES, get(x, row + 3 * quarter));
    MemorySegment sums = y.segment();
    long next = (long) quarter * y.length() * Short.BYTES;
    for (int i = 0; i < body; i += LANES.length()) {
      long from = (atB + i) * Short.BYTES;
      long to = (y.at() + i) * Float.BYTES;
      FloatVector sum = Bfloat16.widen(b, from).fma(x0, full(sums, to));
      sum = Bfloat16.widen(b, from + next).fma(x1, sum);
      sum = Bfloat16.widen(b, from + 2 * next).fma(x2, sum);
      Bfloat16.widen(b, from + 3 * next).fma(x3, sum).intoMemorySegment(sums, to, ORDER);
    }
  }

  private static FloatVector full(MemorySegment x, long atByte) {
    return FloatVector.fromMemorySegment(LANES, x, atByte, ORDER);
  }

  /**
   * y = B x for dense rows of B, of {@code precision}: each element of y is a {@link #dot}, to the
   * bit. Four rows at a time, a quarter of all rows apart: one running sum waits for itself, and
   * what is loaded of x serves all four.
   *
   * @param y as many elements as B has rows
   */
  static void dots(Precision precision, Floats x, MemorySegment b, long atB, Floats y) {
    int length = x.length();
    int row = 0;
    if (SIXTEEN_AT_ONCE && length % Reductions.BLOCK == 0) {
      int quarter = y.length() / STREAMS;
      for (; row < quarter; row++) {
        long at = atB + (long) row * length;
        switch (precision) {
          case F32 -> dotsFull(x, b, at, y, row);
          case BF16 -> dotsHalf(x, b, at, y, row);
        }
      }
      row = quarter * STREAMS;
    }
    for (; row < y.length(); row++) {
      set(y, row, dot(precision, x.segment(), x.at(), b, atB + (long) row * length, length));
    }
  }

  private static void dotsFull(Floats x, MemorySegment b, long atB, Floats y, int row) {
    FloatVector s0 = FloatVector.zero(LANES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    MemorySegment left = x.segment();
    int quarter = y.length() / STREAMS;
    long next = (long) quarter * x.length() * Float.BYTES;
    for (int i = 0; i < x.length(); i += Reductions.BLOCK) {
      long from = (atB + i) * Float.BYTES;
      FloatVector factor = full(left, (x.at() + i) * Float.BYTES);
      s0 = full(b, from).fma(factor, s0);
      s1 = full(b, from + next).fma(factor, s1);
      s2 = full(b, from + 2 * next).fma(factor, s2);
      s3 = full(b, from + 3 * next).fma(factor, s3);
    }
    // One by one: a method for all four is soon too large to be inlined, and vectors that pass
    // through a call are objects, in each turn of the loop before it.
    set(y, row, Reductions.fold(s0));
    set(y, row + quarter, Reductions.fold(s1));
    set(y, row + 2 * quarter, Reductions.fold(s2));
    set(y, row + 3 * quarter, Reductions.fold(s3));
  }

  private static void dotsHalf(Floats x, MemorySegment b, long atB, Floats y, int row) {
    FloatVector s0 = FloatVector.zero(LANES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    MemorySegment left = x.segment();
    int quarter = y.length() / STREAMS;
    long next = (long) quarter * x.length() * Short.BYTES;
    for (int i = 0; i < x.length(); i += Reductions.BLOCK) {
      long from = (atB + i) * Short.BYTES;
      FloatVector factor = full(left, (x.at() + i) * Float.BYTES);
      s0 = Bfloat16.widen(b, from).fma(factor, s0);
      s1 = Bfloat16.widen(b, from + next).fma(factor, s1);
      s2 = Bfloat16.widen(b, from + 2 * next).fma(factor, s2);
      s3 = Bfloat16.widen(b, from + 3 * next).fma(factor, s3);
    }
    set(y, row, Reductions.fold(s0));
    set(y, row + quarter, Reductions.fold(s1));
    set(y, row + 2 * quarter, Reductions.fold(s2));
    set(y, row + 3 * quarter, Reductions.fold(s3));
  }

  private static void set(Floats y, int index, float value) {
    y.segment().setAtIndex(JAVA_FLOAT, y.at() + index, value);
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
    FloatVector sums = FloatVector.zero(LANES);
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
    FloatVector sums = FloatVector.zero(LANES);
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
