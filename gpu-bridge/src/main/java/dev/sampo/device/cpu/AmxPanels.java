package dev.sampo.device.cpu;

import static dev.sampo.device.cpu.AmxKernel.LINES;
import static dev.sampo.device.cpu.AmxKernel.LINE_BYTES;
import static dev.sampo.device.cpu.AmxKernel.PART_BYTES;
import static dev.sampo.device.cpu.AmxKernel.STEP;
import static dev.sampo.device.cpu.AmxKernel.STEP_BYTES;
import static dev.sampo.device.cpu.AmxKernel.TILE_BYTES;
import static dev.sampo.device.cpu.AmxKernel.WIDTH;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.device.Operand;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * One operand of a product of f32, cut for {@link AmxKernel}: panels of {@link AmxKernel#WIDTH}
 * rows of A or columns of B, each element split into three numbers of bf16 whose sum it is.
 *
 * <p>A step holds elements 0 to 31 along k; element j is paired with j + 16, in A as in B, so that
 * both halves of a pair come from whole vectors. A line of a tile is one row of A, or one pair
 * along k of B. Operands that lie the other way are turned in squares of 16 by 16. What a panel or
 * its last step has too much is zero.
 */
final class AmxPanels {
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_512;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final int SQUARE = LINES * LINES;

  /** Floats of scratch memory that packing takes: three squares. */
  static final int SCRATCH = 3 * SQUARE;

  /** Added to the bits of an f32, it rounds the upper half, which is a number of bf16. */
  private static final int HALF = 0x8000;

  private static final int UPPER = 0xFFFF0000;

  private static final IntVector FIRST_HALVES =
      IntVector.fromArray(
          INTS, new int[] {0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23}, 0);
  private static final IntVector SECOND_HALVES = FIRST_HALVES.add(LINES / 2);

  private final boolean isA;

  /** Rows of A, or columns of B. */
  private final int width;

  /** Floats from one stored row to the next. */
  private final int stride;

  /** Whether a line of a tile lies across stored rows. */
  private final boolean turned;

  private AmxPanels(boolean isA, int width, int stride, boolean turned) {
    this.isA = isA;
    this.width = width;
    this.stride = stride;
    this.turned = turned;
  }

  static AmxPanels ofA(Operand lie, int m, int k) {
    boolean turned = lie == Operand.TRANSPOSED;
    return new AmxPanels(true, m, turned ? m : k, turned);
  }

  static AmxPanels ofB(Operand lie, int n, int k) {
    boolean turned = lie == Operand.TRANSPOSED;
    return new AmxPanels(false, n, turned ? k : n, turned);
  }

  /** How many panels there are. */
  int count() {
    return Math.ceilDiv(width, WIDTH);
  }

  /** Bytes of a panel of {@code k} elements along k. */
  static long bytes(int k) {
    return (long) Math.ceilDiv(k, STEP) * STEP_BYTES;
  }

  /**
   * Packs some panels over one length along k, in the order in which they lie in memory.
   *
   * @param first the first panel
   * @param count how many
   * @param from the first element along k
   * @param k how many
   * @param to byte of {@code packed} where the first panel goes; the others follow
   * @param scratch {@link #SCRATCH} floats
   */
  void pack(
      MemorySegment x,
      int first,
      int count,
      int from,
      int k,
      MemorySegment packed,
      long to,
      MemorySegment scratch) {
    int steps = k / STEP;
    int full = Math.min(count, width / WIDTH - first);
    if (turned) {
      packTurned(x, first, full, from, k, packed, to, scratch);
    } else if (isA) {
      packRows(x, first, full, from, k, packed, to);
    } else {
      packPairs(x, first, full, from, k, packed, to);
    }
    for (int panel = 0; panel < count; panel++) {
      int step = panel < full ? steps : 0;
      for (long at = to + panel * bytes(k) + (long) step * STEP_BYTES; step * STEP < k; step++) {
        packEdge(
            x,
            first + panel,
            from + step * STEP,
            Math.min(STEP, k - step * STEP),
            packed,
            at,
            scratch);
        at += STEP_BYTES;
      }
    }
  }

  /** A as it lies: row by row. */
  private void packRows(
      MemorySegment x, int first, int count, int from, int k, MemorySegment packed, long to) {
    for (int row = 0; row < count * WIDTH; row++) {
      long at = (long) (first * WIDTH + row) * stride + from;
      long line = to + row / WIDTH * bytes(k) + row % WIDTH * (long) LINE_BYTES;
      split(x, at, at + LINES, STEP, packed, line, STEP_BYTES, k / STEP);
    }
  }

  /** B as it lies: two rows at a time, which become pairs. */
  private void packPairs(
      MemorySegment x, int first, int count, int from, int k, MemorySegment packed, long to) {
    for (int step = 0; step < k / STEP; step++) {
      for (int line = 0; line < LINES; line++) {
        long at = (long) (from + step * STEP + line) * stride + (long) first * WIDTH;
        long next = at + (long) LINES * stride;
        long place = to + (long) step * STEP_BYTES + (long) line * LINE_BYTES;
        split(x, at, next, WIDTH, packed, place, bytes(k), count);
        split(x, at + LINES, next + LINES, WIDTH, packed, place + TILE_BYTES, bytes(k), count);
      }
    }
  }

  /** Either that lies the other way: in squares that are turned. */
  private void packTurned(
      MemorySegment x,
      int first,
      int count,
      int from,
      int k,
      MemorySegment packed,
      long to,
      MemorySegment scratch) {
    for (int step = 0; step < k / STEP; step++) {
      for (int tile = 0; tile < 2 * count; tile++) {
        int w = first * WIDTH + tile * LINES;
        int along = from + step * STEP;
        long at = isA ? (long) along * stride + w : (long) w * stride + along;
        turn(x, at, stride, scratch, 0);
        turn(x, at + (isA ? (long) LINES * stride : LINES), stride, scratch, SQUARE);
        long place =
            to + tile / 2 * bytes(k) + (long) step * STEP_BYTES + tile % 2 * (long) TILE_BYTES;
        split(scratch, 0, SQUARE, LINES, packed, place, LINE_BYTES, LINES);
      }
    }
  }

  /** A step of a panel at the end of the operand, where elements are missing. */
  private void packEdge(
      MemorySegment x,
      int panel,
      int from,
      int k,
      MemorySegment packed,
      long to,
      MemorySegment scratch) {
    boolean alongK = isA != turned;
    for (int tile = 0; tile < 2; tile++) {
      int w = panel * WIDTH + tile * LINES;
      int wide = Math.clamp(width - w, 0, LINES);
      for (int half = 0; half < 2; half++) {
        int along = from + half * LINES;
        int deep = Math.clamp(k - half * LINES, 0, LINES);
        int square = half * SQUARE;
        if (alongK) {
          fetch(x, (long) w * stride + along, wide, deep, scratch, square);
        } else {
          fetch(x, (long) along * stride + w, deep, wide, scratch, square);
        }
        if (turned) {
          turn(scratch, square, LINES, scratch, square);
        }
      }
      split(scratch, 0, SQUARE, LINES, packed, to + tile * (long) TILE_BYTES, LINE_BYTES, LINES);
    }
  }

  /** Copies part of a square, and zeros for the rest of it. */
  private void fetch(
      MemorySegment x, long at, int rows, int columns, MemorySegment square, long to) {
    for (int i = 0; i < LINES; i++) {
      for (int j = 0; j < LINES; j++) {
        float value =
            i < rows && j < columns ? x.getAtIndex(JAVA_FLOAT, at + (long) i * stride + j) : 0f;
        square.setAtIndex(JAVA_FLOAT, to + (long) i * LINES + j, value);
      }
    }
  }

  /**
   * Turns a square: its rows are interleaved four times, each with that half a square below. Uses
   * the third square of scratch memory.
   */
  private static void turn(MemorySegment x, long at, int stride, MemorySegment scratch, long to) {
    interleaveTwice(x, at, stride, scratch, 2 * SQUARE);
    interleaveTwice(scratch, 2 * SQUARE, LINES, scratch, to);
  }

  private static void interleaveTwice(
      MemorySegment x, long at, int stride, MemorySegment y, long to) {
    for (int i = 0; i < LINES / 4; i++) {
      interleaveFour(x, at + (long) i * stride, stride, y, to + 4L * i * LINES);
    }
  }

  private static void interleaveFour(
      MemorySegment x, long at, int stride, MemorySegment y, long to) {
    IntVector a = bits(x, at);
    IntVector b = bits(x, at + 4L * stride);
    IntVector c = bits(x, at + 8L * stride);
    IntVector d = bits(x, at + 12L * stride);
    IntVector ac1 = FIRST_HALVES.selectFrom(a, c);
    IntVector bd1 = FIRST_HALVES.selectFrom(b, d);
    IntVector ac2 = SECOND_HALVES.selectFrom(a, c);
    IntVector bd2 = SECOND_HALVES.selectFrom(b, d);
    put(FIRST_HALVES.selectFrom(ac1, bd1), y, to);
    put(SECOND_HALVES.selectFrom(ac1, bd1), y, to + LINES);
    put(FIRST_HALVES.selectFrom(ac2, bd2), y, to + 2 * LINES);
    put(SECOND_HALVES.selectFrom(ac2, bd2), y, to + 3 * LINES);
  }

  /**
   * Splits lines of 16 floats, in two rows that become pairs, into three lines of a tile each.
   *
   * @param step floats from one to the next
   * @param stepTo bytes from one's place to the next
   */
  private static void split(
      MemorySegment x,
      long one,
      long two,
      int step,
      MemorySegment packed,
      long to,
      long stepTo,
      int count) {
    for (int i = 0; i < count; i++) {
      FloatVector x1 = floats(x, one + (long) i * step);
      FloatVector x2 = floats(x, two + (long) i * step);
      long line = to + i * stepTo;
      FloatVector high1 = upper(x1);
      FloatVector high2 = upper(x2);
      pair(high1, high2, packed, line);
      FloatVector rest1 = x1.sub(high1);
      FloatVector rest2 = x2.sub(high2);
      FloatVector middle1 = upper(rest1);
      FloatVector middle2 = upper(rest2);
      pair(middle1, middle2, packed, line + PART_BYTES);
      pair(rest1.sub(middle1), rest2.sub(middle2), packed, line + 2 * PART_BYTES);
    }
  }

  private static FloatVector upper(FloatVector x) {
    return x.reinterpretAsInts().add(HALF).and(UPPER).reinterpretAsFloats();
  }

  /** Two numbers of bf16 side by side; a subnormal one may have bits below, which are cut off. */
  private static void pair(FloatVector x1, FloatVector x2, MemorySegment packed, long to) {
    x2.reinterpretAsInts()
        .and(UPPER)
        .or(x1.reinterpretAsInts().lanewise(VectorOperators.LSHR, 16))
        .intoMemorySegment(packed, to, ORDER);
  }

  private static FloatVector floats(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(LANES, x, at << 2, ORDER);
  }

  private static IntVector bits(MemorySegment x, long at) {
    return IntVector.fromMemorySegment(INTS, x, at << 2, ORDER);
  }

  private static void put(IntVector bits, MemorySegment x, long at) {
    bits.intoMemorySegment(x, at << 2, ORDER);
  }
}
