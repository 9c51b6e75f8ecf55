package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sampo.device.MatMul;
import dev.sampo.device.Operand;
import dev.sampo.device.Precision;
import dev.sampo.device.cpu.GemmChoice.Libraries;
import dev.sampo.device.cpu.GemmChoice.Wanted;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Products of f32 on tiles of bf16; {@link KernelTest} runs whole kernels on them, too. */
class AmxTest {
  private static final long SEED = 20261130;

  /** m, n, k: whole tiles, edges in each direction, several lengths and slabs along k. */
  private static final int[][] SIZES = {
    {64, 64, 64},
    {96, 64, 384},
    {65, 97, 70},
    {130, 75, 385},
    {70, 200, 800},
    {300, 64, 417},
    {70, 64, 3500}
  };

  @BeforeAll
  static void needsAmx() {
    String reason = missing();
    if (!reason.isEmpty()) {
      System.out.println("skipped: products on AMX; reason: " + reason);
    }
    assumeTrue(reason.isEmpty(), reason);
  }

  /** Why there is no AMX here; empty where there is. */
  static String missing() {
    try {
      AmxKernel.load();
      return "";
    } catch (UnsatisfiedLinkError e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static CpuDevice open(int threads) {
    return CpuDevice.open(
        threads,
        Precision.F32,
        GemmChoice.make(Precision.F32, Wanted.AMX, "", Libraries.OF_THIS_PROCESS));
  }

  @ParameterizedTest
  @EnumSource
  void sumsAreNearerThanThoseOfFusedMultiplyAdds(Operand lieA) {
    Random random = new Random(SEED);
    for (Operand lieB : Operand.values()) {
      for (int[] size : SIZES) {
        MatMul shape = new MatMul(size[0], size[1], size[2], lieA, lieB);
        double[] a = Tensors.random(random, shape.m() * shape.k());
        double[] b = Tensors.random(random, shape.k() * shape.n());
        try (CpuDevice amx = open(2);
            CpuDevice loop = CpuDevice.openPortable(2)) {
          double ours = error(amx, shape, a, b);
          double theirs = error(loop, shape, a, b);
          assertTrue(
              ours < 0.75 * theirs,
              "seed %d, %s: error %g, of the loop %g".formatted(SEED, shape, ours, theirs));
        }
      }
    }
  }

  /** Root of the mean square of errors, each relative to the sum of the products' magnitudes. */
  private static double error(CpuDevice device, MatMul shape, double[] a, double[] b) {
    double[] exact = Reference.matMul(shape, a, b);
    double[] size = Reference.matMul(shape, magnitudes(a), magnitudes(b));
    MemorySegment c = device.allocate(exact.length);
    c.fill((byte) -1); // NaN: what is overwritten must not be read
    device.matMul(shape, Tensors.put(device, a), Tensors.put(device, b), c);
    double sum = 0;
    for (int i = 0; i < exact.length; i++) {
      double relative = (c.getAtIndex(JAVA_FLOAT, i) - exact[i]) / size[i];
      sum += relative * relative;
    }
    return Math.sqrt(sum / exact.length);
  }

  private static double[] magnitudes(double[] x) {
    double[] y = x.clone();
    for (int i = 0; i < y.length; i++) {
      y[i] = Math.abs(y[i]);
    }
    return y;
  }

  @Test
  void magnitudesMayBeFarApart() {
    Random random = new Random(SEED);
    MatMul shape = MatMul.plain(70, 66, 450);
    double[] a = Tensors.random(random, shape.m() * shape.k());
    double[] b = Tensors.random(random, shape.k() * shape.n());
    for (double[] x : new double[][] {a, b}) {
      for (int i = 0; i < x.length; i++) {
        x[i] = (float) (x[i] * Math.pow(2, random.nextInt(90) - 45));
      }
    }
    try (CpuDevice amx = open(1);
        CpuDevice loop = CpuDevice.openPortable(1)) {
      double ours = error(amx, shape, a, b);
      double theirs = error(loop, shape, a, b);
      assertTrue(
          ours < 1.5 * theirs, "seed %d: error %g, of the loop %g".formatted(SEED, ours, theirs));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 16})
  void theBitsAreThoseOfOneThread(int threads) {
    Random random = new Random(SEED);
    for (int[] size : SIZES) {
      MatMul shape = MatMul.transposedA(size[0], size[1], size[2]);
      double[] a = Tensors.random(random, shape.m() * shape.k());
      double[] b = Tensors.random(random, shape.k() * shape.n());
      try (CpuDevice one = open(1);
          CpuDevice many = open(threads)) {
        MemorySegment expected = one.allocate((long) shape.m() * shape.n());
        MemorySegment actual = many.allocate((long) shape.m() * shape.n());
        one.matMul(shape, Tensors.put(one, a), Tensors.put(one, b), expected);
        many.matMul(shape, Tensors.put(many, a), Tensors.put(many, b), actual);
        assertEquals(-1, expected.mismatch(actual), "seed " + SEED + ", " + shape);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void whatIsNotFiniteStaysSoInItsRowAlone(float value) {
    MatMul shape = MatMul.plain(70, 66, 450);
    Random random = new Random(SEED);
    double[] a = Tensors.random(random, shape.m() * shape.k());
    double[] b = Tensors.random(random, shape.k() * shape.n());
    try (CpuDevice device = open(2)) {
      MemorySegment c = device.allocate((long) shape.m() * shape.n());
      MemorySegment left = Tensors.put(device, a);
      left.setAtIndex(JAVA_FLOAT, 37L * shape.k() + 401, value);
      device.matMul(shape, left, Tensors.put(device, b), c);
      for (int i = 0; i < shape.m() * shape.n(); i++) {
        boolean finite = Float.isFinite(c.getAtIndex(JAVA_FLOAT, i));
        assertEquals(i / shape.n() != 37, finite, "element " + i);
      }
    }
  }

  /** Of a number below 2^-110 the tiles take parts below 2^-126 for zero, and nothing else. */
  @Test
  void tinyNumbersLoseWhatTheTilesTakeForZero() {
    Random random = new Random(SEED);
    MatMul shape = MatMul.plain(64, 64, 64);
    double[] a = Tensors.random(random, shape.m() * shape.k());
    double[] b = new double[shape.k() * shape.n()];
    for (int i = 0; i < shape.k(); i++) {
      b[i * shape.n() + i] = 1;
    }
    for (int i = 0; i < a.length; i++) {
      a[i] = (float) (a[i] * Math.pow(2, -115));
    }
    try (CpuDevice device = open(1)) {
      MemorySegment c = device.allocate((long) shape.m() * shape.n());
      device.matMul(shape, Tensors.put(device, a), Tensors.put(device, b), c);
      for (int i = 0; i < a.length; i++) {
        double lost = Math.abs(c.getAtIndex(JAVA_FLOAT, i) - a[i]);
        assertTrue(
            lost <= 2 * Float.MIN_NORMAL,
            "seed %d, element %d: %g lost of %g".formatted(SEED, i, lost, a[i]));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aNumberIsTheSumOfItsThreeParts(Operand lie) {
    Random random = new Random(SEED);
    int width = 45;
    int k = 77;
    double[] x = Tensors.random(random, width * k);
    try (CpuDevice device = open(1)) {
      MemorySegment matrix = Tensors.put(device, x);
      MemorySegment scratch = device.allocate(AmxPanels.SCRATCH);
      for (boolean isA : new boolean[] {true, false}) {
        AmxPanels panels = isA ? AmxPanels.ofA(lie, width, k) : AmxPanels.ofB(lie, width, k);
        MemorySegment packed = device.allocate(AmxPanels.bytes(k) * panels.count() / Float.BYTES);
        packed.fill((byte) -1);
        panels.pack(matrix, 0, panels.count(), 0, k, packed, 0, scratch);
        MatMul shape = isA ? new MatMul(width, 1, k, lie, lie) : new MatMul(1, width, k, lie, lie);
        for (int w = 0; w < panels.count() * AmxKernel.WIDTH; w++) {
          for (int i = 0; i < (k + 31) / 32 * 32; i++) {
            boolean inside = w < width && i < k;
            int at = isA ? Reference.indexA(shape, w, i) : Reference.indexB(shape, i, w);
            double expected = inside ? x[at] : 0;
            String what = "A: %s, w %d, k %d".formatted(isA, w, i);
            assertEquals(expected, unpacked(packed, isA, w, i, AmxPanels.bytes(k)), what);
          }
        }
      }
    }
  }

  /** High plus middle plus low of one element, where the format says that they lie. */
  private static double unpacked(MemorySegment packed, boolean isA, int w, int k, long panelBytes) {
    int line = isA ? w % 16 : k % 16;
    int column = isA ? k % 16 : w % 16;
    long at = w / 32 * panelBytes + k / 32 * (long) AmxKernel.STEP_BYTES;
    at += w % 32 / 16 * (long) AmxKernel.TILE_BYTES;
    at += line * (long) AmxKernel.LINE_BYTES + column * 4L + k % 32 / 16 * 2L;
    double sum = 0;
    for (int part = 2; part >= 0; part--) {
      long place = at + part * (long) AmxKernel.PART_BYTES;
      sum += Bfloat16.widen(packed.get(JAVA_SHORT, place));
    }
    return sum;
  }
}
