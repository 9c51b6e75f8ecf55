package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sampo.device.MatMul;
import dev.sampo.device.Operand;
import dev.sampo.device.Precision;
import dev.sampo.device.cpu.GemmChoice.Libraries;
import dev.sampo.device.cpu.GemmChoice.Wanted;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** OpenBLAS's tiles; {@link KernelTest} and {@link SameBitsTest} run whole kernels on them, too. */
class OpenBlasGemmTest {
  private static final long SEED = 31;

  static CpuDevice open(int threads) {
    return CpuDevice.open(
        threads,
        Precision.F32,
        GemmChoice.make(Precision.F32, Wanted.OPENBLAS, "", Libraries.OF_THIS_PROCESS));
  }

  @Test
  void awkwardTilesAreTheScalarReferences() {
    Random random = new Random(SEED);
    int[] lengths = {1, 2, 3, 7, 15, 16, 17, 31, 33, 63, 65, 100, 129};
    try (Gemm gemm = OpenBlasGemm.open(OpenBlasLibrary.load());
        CpuDevice memory = CpuDevice.openPortable(1)) {
      for (int run = 0; run < 100; run++) {
        int m = lengths[random.nextInt(lengths.length)];
        int n = lengths[random.nextInt(lengths.length)];
        int k = lengths[random.nextInt(lengths.length)];
        Operand lieA = run % 2 == 0 ? Operand.PLAIN : Operand.TRANSPOSED;
        Operand lieB = run % 4 < 2 ? Operand.PLAIN : Operand.TRANSPOSED;
        double[] left = Tensors.random(random, m * k);
        double[] right = Tensors.random(random, k * n);
        MemorySegment a = Tensors.put(memory, left);
        MemorySegment b = Tensors.put(memory, right);
        MemorySegment c = memory.allocate((long) m * n);
        c.fill((byte) -1); // NaN: what is overwritten must not be read
        double[] expected = Reference.matMul(new MatMul(m, n, k, lieA, lieB), left, right);
        String what = "seed %d, run %d: %d x %d x %d".formatted(SEED, run, m, n, k);
        Tile tile = tile(m, n, k, lieA, lieB, n, Tile.Onto.OVERWRITE);
        gemm.prepare(tile, 0).multiply(a, 0, b, 0, c, 0);
        Tensors.assertClose(what, expected, c, 2e-5);
        Tile sum = tile(m, n, k, lieA, lieB, n, Tile.Onto.ADD);
        gemm.prepare(sum, 0).multiply(a, 0, b, 0, c, 0);
        for (int i = 0; i < expected.length; i++) {
          expected[i] *= 2;
        }
        Tensors.assertClose(what + ", added", expected, c, 4e-5);
      }
    }
  }

  /** A tile is cut out of matrices of any size and may begin anywhere; its own bits stay. */
  @Test
  void aTilesBitsDoNotDependOnWhereItLies() {
    Random random = new Random(SEED);
    int m = 48;
    int n = 80;
    int k = 72;
    try (Gemm gemm = OpenBlasGemm.open(OpenBlasLibrary.load());
        Arena arena = Arena.ofConfined()) {
      MemorySegment a = random(random, arena, m * k);
      MemorySegment b = random(random, arena, k * n);
      MemorySegment alone = arena.allocate((long) m * n * Float.BYTES, 64);
      gemm.prepare(tile(m, n, k, Operand.PLAIN, Operand.PLAIN, n, Tile.Onto.OVERWRITE), 0)
          .multiply(a, 0, b, 0, alone, 0);
      for (int at : new int[] {1, 3, 5, 16}) {
        int stride = n + at;
        MemorySegment movedA = random(random, arena, at + m * k);
        MemorySegment.copy(a, 0, movedA, at * 4L, a.byteSize());
        MemorySegment wide = random(random, arena, at + m * stride);
        gemm.prepare(tile(m, n, k, Operand.PLAIN, Operand.PLAIN, stride, Tile.Onto.OVERWRITE), 0)
            .multiply(movedA, at, b, 0, wide, at);
        for (int i = 0; i < m * n; i++) {
          assertEquals(
              alone.getAtIndex(JAVA_FLOAT, i),
              wide.getAtIndex(JAVA_FLOAT, at + (long) (i / n) * stride + i % n),
              "at " + at + ", element " + i);
        }
      }
    }
  }

  private static MemorySegment random(Random random, Arena arena, int elements) {
    MemorySegment x = arena.allocate((long) elements * Float.BYTES, 64);
    for (int i = 0; i < elements; i++) {
      x.setAtIndex(JAVA_FLOAT, i, random.nextFloat() - 0.5f);
    }
    return x;
  }

  private static Tile tile(int m, int n, int k, Operand a, Operand b, int strideC, Tile.Onto onto) {
    int strideA = a == Operand.PLAIN ? k : m;
    int strideB = b == Operand.PLAIN ? n : k;
    return new Tile(m, n, k, a, b, strideA, strideB, strideC, Precision.F32, Precision.F32, onto);
  }

  @Test
  void refusesBf16() {
    try (Gemm gemm = OpenBlasGemm.open(OpenBlasLibrary.load())) {
      Tile tile =
          new Tile(
              2,
              2,
              2,
              Operand.PLAIN,
              Operand.PLAIN,
              2,
              2,
              2,
              Precision.BF16,
              Precision.F32,
              Tile.Onto.OVERWRITE);
      assertThrows(IllegalArgumentException.class, () -> gemm.prepare(tile, 0));
    }
  }
}
