package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.device.Operand;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The product for machines without oneDNN. Each element of C is one chain of fused multiply-adds in
 * the order of k, from zero, whatever the vector length: the bits are those of the plain triple
 * loop on any machine.
 */
final class VectorGemm implements Gemm {
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private final Arena arena = Arena.ofShared();

  @Override
  public String name() {
    return "vector";
  }

  @Override
  public Product prepare(Tile tile) {
    if (tile.b() == Operand.PLAIN) {
      return (a, atA, b, atB, c, atC) -> multiply(tile, a, atA, b, atB, tile.strideB(), c, atC);
    }
    MemorySegment packed = arena.allocate((long) tile.k() * tile.n() * Float.BYTES, 64);
    return (a, atA, b, atB, c, atC) -> {
      transpose(tile, b, atB, packed);
      multiply(tile, a, atA, packed, 0, tile.n(), c, atC);
    };
  }

  private static void transpose(Tile tile, MemorySegment b, long atB, MemorySegment packed) {
    for (int k = 0; k < tile.k(); k++) {
      for (int j = 0; j < tile.n(); j++) {
        float value = b.getAtIndex(JAVA_FLOAT, atB + (long) j * tile.strideB() + k);
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
      long atC) {
    long rowA = tile.a() == Operand.PLAIN ? tile.strideA() : 1;
    long stepA = tile.a() == Operand.PLAIN ? 1 : tile.strideA();
    int body = LANES.loopBound(tile.n());
    int i = 0;
    for (; i + 4 <= tile.m(); i += 4) {
      for (int j = 0; j < body; j += LANES.length()) {
        fourRows(tile, a, atA + i * rowA, rowA, stepA, b, atB + j, strideB, c, atC + j, i);
      }
    }
    for (; i < tile.m(); i++) {
      for (int j = 0; j < body; j += LANES.length()) {
        oneRow(tile, a, atA + i * rowA, stepA, b, atB + j, strideB, c, atC + j, i);
      }
    }
    for (int row = 0; row < tile.m(); row++) {
      for (int j = body; j < tile.n(); j++) {
        float sum = 0;
        for (int k = 0; k < tile.k(); k++) {
          float left = a.getAtIndex(JAVA_FLOAT, atA + row * rowA + k * stepA);
          sum = Math.fma(left, b.getAtIndex(JAVA_FLOAT, atB + (long) k * strideB + j), sum);
        }
        c.setAtIndex(JAVA_FLOAT, atC + (long) row * tile.strideC() + j, sum);
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
      int row) {
    FloatVector s0 = FloatVector.zero(LANES);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int k = 0; k < tile.k(); k++) {
      FloatVector right =
          FloatVector.fromMemorySegment(LANES, b, (atB + (long) k * strideB) << 2, ORDER);
      long left = atA + k * stepA;
      s0 = FloatVector.broadcast(LANES, a.getAtIndex(JAVA_FLOAT, left)).fma(right, s0);
      s1 = FloatVector.broadcast(LANES, a.getAtIndex(JAVA_FLOAT, left + rowA)).fma(right, s1);
      s2 = FloatVector.broadcast(LANES, a.getAtIndex(JAVA_FLOAT, left + 2 * rowA)).fma(right, s2);
      s3 = FloatVector.broadcast(LANES, a.getAtIndex(JAVA_FLOAT, left + 3 * rowA)).fma(right, s3);
    }
    long out = (atC + (long) row * tile.strideC()) << 2;
    long step = (long) tile.strideC() << 2;
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
      long atC,
      int row) {
    FloatVector sum = FloatVector.zero(LANES);
    for (int k = 0; k < tile.k(); k++) {
      FloatVector right =
          FloatVector.fromMemorySegment(LANES, b, (atB + (long) k * strideB) << 2, ORDER);
      sum = FloatVector.broadcast(LANES, a.getAtIndex(JAVA_FLOAT, atA + k * stepA)).fma(right, sum);
    }
    sum.intoMemorySegment(c, (atC + (long) row * tile.strideC()) << 2, ORDER);
  }

  @Override
  public void close() {
    arena.close();
  }
}
