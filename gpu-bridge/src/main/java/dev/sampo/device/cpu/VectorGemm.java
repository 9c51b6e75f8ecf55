package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.sampo.device.Operand;
import dev.sampo.device.Precision;
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
  private static final int LINE_FLOATS = 16;

  private final Pads pads = new Pads();

  @Override
  public String name() {
    return "vector";
  }

  @Override
  public long usedBytes() {
    return pads.usedBytes();
  }

  /** Operands that do not lie as the loop wants them are packed: B as (k, n), and all as f32. */
  @Override
  public Product prepare(Tile tile, int worker) {
    boolean packsA = tile.operands() == Precision.BF16;
    boolean packsB = packsA || tile.b() == Operand.TRANSPOSED;
    boolean rounds = tile.result() == Precision.BF16;
    int columnsA = tile.a() == Operand.PLAIN ? tile.k() : tile.m();
    Tile loop =
        new Tile(
            tile.m(),
            tile.n(),
            tile.k(),
            tile.a(),
            Operand.PLAIN,
            packsA ? columnsA : tile.strideA(),
            packsB ? tile.n() : tile.strideB(),
            rounds ? tile.n() : tile.strideC(),
            Precision.F32,
            Precision.F32,
            tile.onto());
    long atPackedB = packsA ? lines((long) tile.m() * tile.k()) : 0;
    long atSums = atPackedB + (packsB ? lines((long) tile.k() * tile.n()) : 0);
    Pads.Pad pad = pads.of(worker);
    pad.grow((atSums + (rounds ? (long) tile.m() * tile.n() : 0)) * Float.BYTES);
    return (a, atA, b, atB, c, atC) -> {
      MemorySegment packed = pad.segment();
      if (packsA) {
        widenA(tile, columnsA, a, atA, packed);
      }
      if (packsB) {
        packB(tile, b, atB, packed, atPackedB);
      }
      multiply(
          loop,
          packsA ? packed : a,
          packsA ? 0 : atA,
          packsB ? packed : b,
          packsB ? atPackedB : atB,
          rounds ? packed : c,
          rounds ? atSums : atC);
      if (rounds) {
        for (int row = 0; row < tile.m(); row++) {
          Bfloat16.round(
              packed,
              atSums + (long) row * tile.n(),
              c,
              atC + (long) row * tile.strideC(),
              tile.n());
        }
      }
    };
  }

  /** Whole cache lines, in floats. */
  private static long lines(long floats) {
    return Math.ceilDiv(floats, LINE_FLOATS) * LINE_FLOATS;
  }

  private static void widenA(
      Tile tile, int columns, MemorySegment a, long atA, MemorySegment packed) {
    long rows = (long) tile.m() * tile.k() / columns;
    for (long row = 0; row < rows; row++) {
      Bfloat16.widen(a, atA + row * tile.strideA(), packed, row * columns, columns);
    }
  }

  private static void packB(Tile tile, MemorySegment b, long atB, MemorySegment packed, long at) {
    long rowB = tile.b() == Operand.PLAIN ? tile.strideB() : 1;
    long columnB = tile.b() == Operand.PLAIN ? 1 : tile.strideB();
    for (int k = 0; k < tile.k(); k++) {
      for (int j = 0; j < tile.n(); j++) {
        long from = atB + k * rowB + j * columnB;
        float value =
            switch (tile.operands()) {
              case F32 -> b.getAtIndex(JAVA_FLOAT, from);
              case BF16 -> Bfloat16.widen(b.getAtIndex(JAVA_SHORT, from));
            };
        packed.setAtIndex(JAVA_FLOAT, at + (long) k * tile.n() + j, value);
      }
    }
  }

  private static void multiply(
      Tile tile, MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment c, long atC) {
    int strideB = tile.strideB();
    int strideC = tile.strideC();
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
    pads.close();
  }
}
