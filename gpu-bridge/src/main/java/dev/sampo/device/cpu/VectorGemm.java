package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sampo.device.Operand;
import dev.sampo.device.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The product for machines without oneDNN. Each element of C is one chain of fused multiply-adds in
 * the order of k, from zero or from what C held, whatever the vector length: the bits are those of
 * the plain triple loop on any machine, with bf16 operands too, whose products are exact in f32.
 */
final class VectorGemm implements Gemm {
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private final Arena arena = Arena.ofShared();
  private long usedBytes;

  @Override
  public String name() {
    return "vector";
  }

  @Override
  public long usedBytes() {
    return usedBytes;
  }

  /** Operands that do not lie as the loop wants them are packed: B as (k, n), and all as f32. */
  @Override
  public Product prepare(Tile tile, int worker) {
    Product loop = prepareB(tile);
    if (tile.operands() == Precision.F32) {
      return loop;
    }
    int storedRows = tile.a() == Operand.PLAIN ? tile.m() : tile.k();
    int storedColumns = tile.a() == Operand.PLAIN ? tile.k() : tile.m();
    MemorySegment packed = floats((long) tile.strideA() * storedRows);
    MemorySegment sums =
        tile.result() == Precision.F32 ? MemorySegment.NULL : floats((long) tile.m() * tile.n());
    return (a, atA, b, atB, c, atC) -> {
      for (int row = 0; row < storedRows; row++) {
        long from = (long) row * tile.strideA();
        Bfloat16.widen(a, atA + from, packed, from, storedColumns);
      }
      if (tile.result() == Precision.F32) {
        loop.multiply(packed, 0, b, atB, c, atC);
        return;
      }
      loop.multiply(packed, 0, b, atB, sums, 0);
      for (int row = 0; row < tile.m(); row++) {
        Bfloat16.round(sums, (long) row * tile.n(), c, atC + (long) row * tile.strideC(), tile.n());
      }
    };
  }

  private Product prepareB(Tile tile) {
    int strideC = tile.result() == Precision.F32 ? tile.strideC() : tile.n();
    if (tile.b() == Operand.PLAIN && tile.operands() == Precision.F32) {
      return (a, atA, b, atB, c, atC) ->
          multiply(tile, a, atA, b, atB, tile.strideB(), c, atC, strideC);
    }
    MemorySegment packed = floats((long) tile.k() * tile.n());
    return (a, atA, b, atB, c, atC) -> {
      pack(tile, b, atB, packed);
      multiply(tile, a, atA, packed, 0, tile.n(), c, atC, strideC);
    };
  }

  private MemorySegment floats(long elements) {
    usedBytes += elements * Float.BYTES;
    return arena.allocate(elements * Float.BYTES, 64);
  }

  private static void pack(Tile tile, MemorySegment b, long atB, MemorySegment packed) {
    long rowB = tile.b() == Operand.PLAIN ? tile.strideB() : 1;
    long columnB = tile.b() == Operand.PLAIN ? 1 : tile.strideB();
    for (int k = 0; k < tile.k(); k++) {
      for (int j = 0; j < tile.n(); j++) {
        long at = atB + k * rowB + j * columnB;
        float value =
            switch (tile.operands()) {
              case F32 -> b.getAtIndex(JAVA_FLOAT, at);
              case BF16 -> Bfloat16.widen(b.getAtIndex(JAVA_SHORT, at));
            };
        packed.setAtIndex(JAVA_FLOAT, (long) k * tile.n() + j, value);
      }
    }
  }

  private static void multiply(
      Tile tile,
      MemorySegment a,
      long atA,
      MemorySegment b,
      long atB,
      int strideB,
      MemorySegment c,
      long atC,
      int strideC) {
    long rowA = tile.a() == Operand.PLAIN ? tile.strideA() : 1;
    long stepA = tile.a() == Operand.PLAIN ? 1 : tile.strideA();
    int body = LANES.loopBound(tile.n());
    int i = 0;
    for (; i + 4 <= tile.m(); i += 4) {
      for (int j = 0; j < body; j += LANES.length()) {
        fourRows(
            tile,
            a,
            atA + i * rowA,
            rowA,
            stepA,
            b,
            atB + j,
            strideB,
            c,
            atC + j + (long) i * strideC,
            strideC);
      }
    }
    for (; i < tile.m(); i++) {
      for (int j = 0; j < body; j += LANES.length()) {
        oneRow(
            tile, a, atA + i * rowA, stepA, b, atB + j, strideB, c, atC + j + (long) i * strideC);
      }
    }
    for (int row = 0; row < tile.m(); row++) {
      for (int j = body; j < tile.n(); j++) {
        long out = atC + (long) row * strideC + j;
        float sum = tile.onto() == Tile.Onto.ADD ? c.getAtIndex(JAVA_FLOAT, out) : 0f;
        for (int k = 0; k < tile.k(); k++) {
          float left = a.getAtIndex(JAVA_FLOAT, atA + row * rowA + k * stepA);
          sum = Math.fma(left, b.getAtIndex(JAVA_FLOAT, atB + (long) k * strideB + j), sum);
        }
        c.setAtIndex(JAVA_FLOAT, out, sum);
      }
    }
  }

  private static void fourRows(
      Tile tile,
      MemorySegment a,
      long atA,
      long rowA,
      long stepA,
      MemorySegment b,
      long atB,
      int strideB,
      MemorySegment c,
      long atC,
      int strideC) {
    long out = atC << 2;
    long step = (long) strideC << 2;
    FloatVector s0 = FloatVector.zero(LANES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    if (tile.onto() == Tile.Onto.ADD) {
      s0 = FloatVector.fromMemorySegment(LANES, c, out, ORDER);
      s1 = FloatVector.fromMemorySegment(LANES, c, out + step, ORDER);
      s2 = FloatVector.fromMemorySegment(LANES, c, out + 2 * step, ORDER);
      s3 = FloatVector.fromMemorySegment(LANES, c, out + 3 * step, ORDER);
    }
    for (int k = 0; k < tile.k(); k++) {
      FloatVector right =
          FloatVector.fromMemorySegment(LANES, b, (atB + (long) k * strideB) << 2, ORDER);
      long left = atA + k * stepA;
      s0 = FloatVector.broadcast(LANES, a.getAtIndex(JAVA_FLOAT, left)).fma(right, s0);
      s1 = FloatVector.broadcast(LANES, a.getAtIndex(JAVA_FLOAT, left + rowA)).fma(right, s1);
      s2 = FloatVector.broadcast(LANES, a.getAtIndex(JAVA_FLOAT, left + 2 * rowA)).fma(right, s2);
      s3 = FloatVector.broadcast(LANES, a.getAtIndex(JAVA_FLOAT, left + 3 * rowA)).fma(right, s3);
    }
    s0.intoMemorySegment(c, out, ORDER);
    s1.intoMemorySegment(c, out + step, ORDER);
    s2.intoMemorySegment(c, out + 2 * step, ORDER);
    s3.intoMemorySegment(c, out + 3 * step, ORDER);
  }

  private static void oneRow(
      Tile tile,
      MemorySegment a,
      long atA,
      long stepA,
      MemorySegment b,
      long atB,
      int strideB,
      MemorySegment c,
      long atC) {
    FloatVector sum =
        tile.onto() == Tile.Onto.ADD
            ? FloatVector.fromMemorySegment(LANES, c, atC << 2, ORDER)
            : FloatVector.zero(LANES);
    for (int k = 0; k < tile.k(); k++) {
      FloatVector right =
          FloatVector.fromMemorySegment(LANES, b, (atB + (long) k * strideB) << 2, ORDER);
      sum = FloatVector.broadcast(LANES, a.getAtIndex(JAVA_FLOAT, atA + k * stepA)).fma(right, sum);
    }
    sum.intoMemorySegment(c, atC << 2, ORDER);
  }

  @Override
  public void close() {
    arena.close();
  }
}
