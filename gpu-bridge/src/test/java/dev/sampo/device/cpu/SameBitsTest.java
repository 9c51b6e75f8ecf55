package dev.sampo.device.cpu;

import static dev.sampo.device.cpu.Tensors.put;
import static dev.sampo.device.cpu.Tensors.putRounded;
import static dev.sampo.device.cpu.Tensors.random;
import static dev.sampo.device.cpu.Tensors.tokens;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sampo.device.Affine;
import dev.sampo.device.Attended;
import dev.sampo.device.AttentionShape;
import dev.sampo.device.Device;
import dev.sampo.device.Dropout;
import dev.sampo.device.EmbeddingShape;
import dev.sampo.device.MatMul;
import dev.sampo.device.Normalised;
import dev.sampo.device.Precision;
import dev.sampo.device.Rows;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the results may not depend on: number of threads, vector or scalar code, vector length. */
class SameBitsTest {
  private static final long SEED = 77;

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 16})
  void nativeKernelsGiveTheSameBitsOnAnyNumberOfThreads(int threads) {
    assertSameBits(threads, CpuDevice::open);
    assertSameBits(threads, GemmChoiceTest::openOneDnn);
    assertSameBits(threads, count -> CpuDevice.open(count, Precision.BF16));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 16})
  void openBlasKernelsGiveTheSameBitsOnAnyNumberOfThreads(int threads) {
    assertSameBits(threads, OpenBlasGemmTest::open);
  }

  @Test
  void portableKernelsGiveTheSameBitsOnAnyNumberOfThreads() {
    assertSameBits(3, CpuDevice::openPortable);
    assertSameBits(3, count -> CpuDevice.openPortable(count, Precision.BF16));
  }

  private static void assertSameBits(int threads, IntFunction<CpuDevice> open) {
    try (CpuDevice one = open.apply(1);
        CpuDevice many = open.apply(threads)) {
      List<MemorySegment> expected = runAll(one);
      // More than one try: which thread takes which part changes from run to run.
      for (int run = 0; run < 3; run++) {
        List<MemorySegment> actual = runAll(many);
        for (int i = 0; i < expected.size(); i++) {
          assertEquals(
              -1, expected.get(i).mismatch(actual.get(i)), "result " + i + " of " + many.name());
        }
      }
    }
  }

  /** Results of all kernels at sizes that give several parts and ragged edges. */
  private static List<MemorySegment> runAll(Device device) {
    Random random = new Random(SEED);
    int r = 150;
    int c = 72;
    List<MemorySegment> results = new ArrayList<>();
    MemorySegment x = put(device, random(random, r * c));
    MemorySegment xr = putRounded(device, random(random, r * c));
    MemorySegment w = put(device, random(random, c * 3 * c));
    MemorySegment wr = putRounded(device, random(random, c * 3 * c));
    MemorySegment bias = put(device, random(random, 3 * c));
    MemorySegment qkv = keepRounded(results, device, 3L * r * c);
    device.matMulBias(MatMul.plain(r, 3 * c, c).rounded(), xr, wr, bias, qkv);
    device.matMul(MatMul.transposedA(c, 3 * c, r), xr, qkv, keep(results, device, 3L * c * c));
    MemorySegment back = keep(results, device, (long) r * c);
    device.matMul(MatMul.transposedB(r, c, 3 * c), qkv, wr, back);
    device.matMulBiasAdd(
        MatMul.plain(r, c, c), xr, wr, bias, x, keep(results, device, (long) r * c));
    MemorySegment before = keepRounded(results, device, 3L * r * c);
    MemorySegment after = keepRounded(results, device, 3L * r * c);
    MatMul up = MatMul.plain(r, 3 * c, c).rounded();
    device.matMulBiasGelu(up, xr, wr, bias, before, after);
    device.matMulGeluBackward(up, xr, wr, before, keepRounded(results, device, 3L * r * c));
    MemorySegment row = keepRounded(results, device, 3L * c);
    device.matMulBias(MatMul.plain(1, 3 * c, c).rounded(), xr, wr, bias, row);
    device.matMul(MatMul.transposedB(1, r, c), row, xr, keep(results, device, r));
    AttentionShape attention = new AttentionShape(1, 150, 4, 18);
    Dropout dropout = new Dropout(3, 0.1f);
    MemorySegment statistics = keep(results, device, attention.statisticElements());
    MemorySegment mixed = keepRounded(results, device, (long) r * c);
    device.attention(attention, dropout, qkv, statistics, mixed);
    Attended saved = new Attended(qkv, statistics, mixed);
    device.attentionBackward(
        attention, dropout, saved, xr, keepRounded(results, device, 3L * r * c));
    device.sumRows(new Rows(r, 3 * c), device.precision(), qkv, keep(results, device, 3L * c));
    device.dropout((long) r * c, dropout, back, keep(results, device, (long) r * c));
    Rows rows = new Rows(r, c);
    MemorySegment norms = keep(results, device, 2L * r);
    Affine affine = new Affine(w.asSlice(0, c * 4L), bias);
    device.layerNorm(rows, x, affine, keepRounded(results, device, (long) r * c), norms);
    Affine gradient = new Affine(keep(results, device, c), keep(results, device, c));
    MemorySegment dx = keep(results, device, (long) r * c);
    device.layerNormBackward(rows, new Normalised(x, norms), affine.gain(), back, dx, gradient);
    int[] tokens = tokens(random, r, c);
    MemorySegment ids = put(device, tokens);
    EmbeddingShape embedding = new EmbeddingShape(3, 50, c, c);
    device.embed(embedding, ids, w, w, keep(results, device, (long) r * c));
    device.embedBackward(
        embedding, ids, x, keep(results, device, (long) c * c), keep(results, device, 50L * c));
    MemorySegment losses = keep(results, device, r);
    device.crossEntropyLoss(rows, x, ids, losses);
    MemorySegment again = device.allocate(r);
    device.crossEntropy(rows, x, ids, again, keepRounded(results, device, (long) r * c));
    results.add(x);
    assertEquals(-1, losses.mismatch(again), "losses with and without gradient");
    return results;
  }

  private static MemorySegment keepRounded(
      List<MemorySegment> results, Device device, long elements) {
    MemorySegment tensor = device.allocateActivations(elements);
    results.add(tensor);
    return tensor;
  }

  private static MemorySegment keep(List<MemorySegment> results, Device device, long elements) {
    MemorySegment tensor = device.allocate(elements);
    results.add(tensor);
    return tensor;
  }

  @Test
  void exponentialIsTheSameInVectorsAndAlone() {
    int count = 100_003;
    try (Arena arena = Arena.ofShared()) {
      MemorySegment x = arena.allocate(count * 4L, 64);
      for (int i = 0; i < count; i++) {
        x.setAtIndex(JAVA_FLOAT, i, (i - 50_000) * 0.00200f);
      }
      MemorySegment y = arena.allocate(count * 4L, 64).copyFrom(x);
      Exponential.apply(y, 0, count, 0f, 1f);
      for (int i = 0; i < count; i++) {
        float argument = x.getAtIndex(JAVA_FLOAT, i);
        float alone = Exponential.exp(argument);
        assertEquals(
            Float.floatToRawIntBits(alone),
            Float.floatToRawIntBits(y.getAtIndex(JAVA_FLOAT, i)),
            "exp of " + argument);
        if (argument >= -87 && argument <= 88) {
          double exact = StrictMath.exp(argument);
          assertEquals(exact, alone, exact * 2.4e-7, "exp of " + argument);
        }
      }
    }
  }

  @Test
  void portableProductIsThePlainTripleLoopBitForBit() {
    Random random = new Random(SEED);
    MatMul shape = MatMul.transposedB(37, 53, 41);
    double[] a = random(random, 37 * 41);
    double[] b = random(random, 53 * 41);
    try (CpuDevice device = CpuDevice.openPortable(2)) {
      MemorySegment c = device.allocate(37 * 53);
      device.matMul(shape, put(device, a), put(device, b), c);
      for (int i = 0; i < 37; i++) {
        for (int j = 0; j < 53; j++) {
          float sum = 0;
          for (int k = 0; k < 41; k++) {
            sum = Math.fma((float) a[i * 41 + k], (float) b[j * 41 + k], sum);
          }
          assertEquals(
              Float.floatToRawIntBits(sum),
              Float.floatToRawIntBits(c.getAtIndex(JAVA_FLOAT, i * 53L + j)),
              "row " + i + ", column " + j);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void productsOfOneRowFollowTheWrittenOrder(Precision precision) {
    Random random = new Random(SEED);
    int n = 41;
    int k = 403;
    double[] x = random(random, k);
    double[] matrix = random(random, k * n);
    try (CpuDevice device = CpuDevice.openPortable(2, precision)) {
      MemorySegment a = putRounded(device, x);
      MemorySegment b = putRounded(device, matrix);
      MemorySegment y = device.allocate(n);
      device.matMul(MatMul.plain(1, n, k), a, b, y);
      for (int j = 0; j < n; j++) {
        int part = (k + 15) / 16;
        float expected = chain(x, matrix, n, j, 0, part);
        for (int from = part; from < k; from += part) {
          expected += chain(x, matrix, n, j, from, Math.min(k, from + part));
        }
        assertEquals(expected, y.getAtIndex(JAVA_FLOAT, j), "plain, column " + j);
      }
      device.matMul(MatMul.transposedB(1, n, k), a, b, y);
      for (int j = 0; j < n; j++) {
        float[] sums = new float[16];
        int body = k / 16 * 16;
        for (int i = 0; i < body; i++) {
          sums[i % 16] = Math.fma((float) x[i], (float) matrix[j * k + i], sums[i % 16]);
        }
        float expected = ReductionsTest.folded(sums);
        for (int i = body; i < k; i++) {
          expected = Math.fma((float) x[i], (float) matrix[j * k + i], expected);
        }
        assertEquals(expected, y.getAtIndex(JAVA_FLOAT, j), "transposed, column " + j);
      }
    }
  }

  /** Rows [from, to) of one column of a plain matrix: a quarter of all apart, then the rest. */
  private static float chain(double[] x, double[] matrix, int n, int column, int from, int to) {
    int quarter = (to - from) / 4;
    float sum = 0;
    for (int i = 0; i < to - from; i++) {
      int row = i < 4 * quarter ? from + i / 4 + i % 4 * quarter : from + i;
      sum = Math.fma((float) matrix[row * n + column], (float) x[row], sum);
    }
    return sum;
  }

  @Test
  void dotProductsAreTheSameWhereVectorsAreShort() {
    Random random = new Random(SEED);
    try (CpuDevice device = CpuDevice.openPortable(1, Precision.BF16)) {
      for (int length : new int[] {16, 32, 48, 400}) {
        double[] values = random(random, length);
        MemorySegment x = put(device, values);
        MemorySegment halves = putRounded(device, values);
        MemorySegment widened = put(device, values);
        assertEquals(
            Reductions.dot(x, 0, x, 0, length), RowLoops.dot(Precision.F32, x, 0, x, 0, length));
        float expected = Reductions.dot(x, 0, widened, 0, length);
        assertEquals(expected, Reductions.dotHalf(x, 0, halves, 0, length), "length " + length);
        assertEquals(expected, RowLoops.dot(Precision.BF16, x, 0, halves, 0, length));
      }
    }
  }

  @Test
  void dotProductsOfSeveralRowsAreThoseOfEachRow() {
    Random random = new Random(SEED);
    try (CpuDevice device = CpuDevice.openPortable(1, Precision.BF16)) {
      for (int length : new int[] {5, 16, 40, 64, 400}) {
        for (int rows = 1; rows < 10; rows++) {
          double[] values = random(random, rows * length);
          MemorySegment x = put(device, random(random, length));
          MemorySegment full = put(device, values);
          MemorySegment half = putRounded(device, values);
          assertRowsAreDots(Precision.F32, x, full, length, rows);
          assertRowsAreDots(Precision.BF16, x, half, length, rows);
        }
      }
    }
  }

  private static void assertRowsAreDots(
      Precision precision, MemorySegment x, MemorySegment b, int length, int rows) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment y = arena.allocate((1L + rows) * Float.BYTES);
      RowLoops.Floats factors = new RowLoops.Floats(x, 0, length);
      RowLoops.dots(precision, factors, b, 0, new RowLoops.Floats(y, 1, rows));
      for (int row = 0; row < rows; row++) {
        assertEquals(
            RowLoops.dot(precision, x, 0, b, (long) row * length, length),
            y.getAtIndex(JAVA_FLOAT, 1L + row),
            precision + ", seed " + SEED + ", row " + row + " of " + rows + " x " + length);
      }
    }
  }
}
