package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.device.RotaryKernels.Turn;
import dev.sampo.device.RotaryShape;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Rotary positions: each pair of elements stands alone. */
final class Rotary {
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private Rotary() {}

  /**
   * (a, b) becomes (a cos - b sin, b cos + a sin); backward the sine changes its sign.
   *
   * @param rows f32; the row begins at {@code atRow}
   */
  static void turn(
      RotaryShape shape, Turn turn, MemorySegment rows, long atRow, MemorySegment table, int row) {
    int half = shape.headWidth() / 2;
    long cosine = (long) (row % shape.context()) * shape.headWidth();
    long sine = cosine + half;
    float sign = turn == Turn.FORWARD ? 1f : -1f;
    for (int head = 0; head < shape.heads(); head++) {
      long at = atRow + (long) head * shape.headWidth();
      int j = 0;
      for (; j + LANES.length() <= half; j += LANES.length()) {
        FloatVector cos = load(table, cosine + j);
        FloatVector sin = load(table, sine + j).mul(sign);
        FloatVector a = load(rows, at + j);
        FloatVector b = load(rows, at + half + j);
        a.mul(cos).sub(b.mul(sin)).intoMemorySegment(rows, (at + j) << 2, ORDER);
        b.mul(cos).add(a.mul(sin)).intoMemorySegment(rows, (at + half + j) << 2, ORDER);
      }
      for (; j < half; j++) {
        float cos = table.getAtIndex(JAVA_FLOAT, cosine + j);
        float sin = table.getAtIndex(JAVA_FLOAT, sine + j) * sign;
        float a = rows.getAtIndex(JAVA_FLOAT, at + j);
        float b = rows.getAtIndex(JAVA_FLOAT, at + half + j);
        rows.setAtIndex(JAVA_FLOAT, at + j, a * cos - b * sin);
        rows.setAtIndex(JAVA_FLOAT, at + half + j, b * cos + a * sin);
      }
    }
  }

  private static FloatVector load(MemorySegment x, long at) {
    return FloatVector.fromMemorySegment(LANES, x, at << 2, ORDER);
  }
}
