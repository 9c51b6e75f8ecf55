package dev.sampo.device.cpu;

import static dev.sampo.device.cpu.Tensors.assertClose;
import static dev.sampo.device.cpu.Tensors.assertCloseRounded;
import static dev.sampo.device.cpu.Tensors.differentiate;
import static dev.sampo.device.cpu.Tensors.dot;
import static dev.sampo.device.cpu.Tensors.put;
import static dev.sampo.device.cpu.Tensors.putRounded;
import static dev.sampo.device.cpu.Tensors.random;
import static dev.sampo.device.cpu.Tensors.tokens;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.sampo.device.CachedShape;
import dev.sampo.device.Device;
import dev.sampo.device.EmbeddingShape;
import dev.sampo.device.GroupedShape;
import dev.sampo.device.Normalised;
import dev.sampo.device.Precision;
import dev.sampo.device.RmsShape;
import dev.sampo.device.RotaryKernels;
import dev.sampo.device.RotaryKernels.KeyValues;
import dev.sampo.device.RotaryKernels.Turn;
import dev.sampo.device.RotaryShape;
import dev.sampo.device.Rows;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each kernel against its reference in double, each gradient against central differences. */
class RotaryKernelTest {
  private static final long SEED = 20261124;
  private static final double CLOSE = 2e-5;

  static final List<CpuDevice> DEVICES =
      List.of(
          CpuDevice.open(2),
          CpuDevice.openPortable(2),
          CpuDevice.open(2, Precision.BF16),
          CpuDevice.openPortable(2, Precision.BF16));

  @AfterAll
  static void closeDevices() {
    DEVICES.forEach(CpuDevice::close);
  }

  private static Stream<Arguments> onAll(int[]... sizes) {
    return DEVICES.stream()
        .flatMap(device -> Stream.of(sizes).map(size -> Arguments.of(device, size)));
  }

  static Stream<Arguments> rows() {
    return onAll(
        new int[] {1, 1},
        new int[] {2, 7},
        new int[] {3, 16},
        new int[] {5, 19},
        new int[] {2, 40},
        new int[] {19, 67});
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("rows")
  void normalisesByTheRootOfTheMeanSquare(Device device, int[] size) {
    RmsShape shape = new RmsShape(new Rows(size[0], size[1]), 1e-5f);
    Random random = new Random(SEED);
    int elements = size[0] * size[1];
    double[] x = random(random, elements);
    double[] gain = random(random, size[1]);
    double[] dy = random(random, elements);
    double[] before = random(random, elements);
    MemorySegment input = put(device, x);
    MemorySegment scales = device.allocate(size[0]);
    MemorySegment y = device.allocateActivations(elements);
    device.rotary().rmsNorm(shape, input, put(device, gain), y, scales);
    assertCloseRounded(device, "rms norm", RotaryReference.rmsNorm(shape, x, gain), y, CLOSE);
    MemorySegment dx = put(device, before);
    MemorySegment dGain = device.allocate(size[1]);
    device
        .rotary()
        .rmsNormBackward(
            shape, new Normalised(input, scales), put(device, gain), put(device, dy), dx, dGain);
    double[] expected = differentiate(x, at -> dot(dy, RotaryReference.rmsNorm(shape, at, gain)));
    for (int i = 0; i < elements; i++) {
      expected[i] += before[i];
    }
    assertClose("added gradient at the input", expected, dx, 1e-4);
    assertClose(
        "gradient of the gain",
        differentiate(gain, at -> dot(dy, RotaryReference.rmsNorm(shape, x, at))),
        dGain,
        1e-4);
  }

  static Stream<Arguments> rotations() {
    return onAll(
        new int[] {1, 1, 1, 2, 2},
        new int[] {6, 3, 2, 4, 9},
        new int[] {5, 5, 3, 34, 110},
        new int[] {34, 17, 1, 64, 64});
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("rotations")
  void turnsHeadsByTheirPositions(Device device, int[] size) {
    RotaryShape shape = new RotaryShape(size[0], size[1], size[2], size[3], size[4]);
    Random random = new Random(SEED);
    double[] rows = random(random, size[0] * size[4]);
    double[] table = random(random, size[1] * size[3]);
    MemorySegment x = putRounded(device, rows);
    device.rotary().rotate(shape, Turn.FORWARD, x, put(device, table));
    assertCloseRounded(device, "turned", RotaryReference.rotate(shape, rows, table), x, CLOSE);
    double[] dy = random(random, rows.length);
    MemorySegment dx = putRounded(device, dy);
    device.rotary().rotate(shape, Turn.BACKWARD, dx, put(device, table));
    double[] expected =
        differentiate(rows, at -> dot(dy, RotaryReference.rotate(shape, at, table)));
    assertCloseRounded(device, "turned back", expected, dx, 1e-4);
  }

  static Stream<Arguments> attentions() {
    return onAll(
        new int[] {1, 1, 1, 1, 1},
        new int[] {2, 5, 4, 2, 3},
        new int[] {1, 16, 3, 3, 8},
        new int[] {2, 19, 6, 2, 4},
        new int[] {1, 70, 2, 1, 2});
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("attentions")
  void attendsRowByRowAsItDoesAtOnce(Device device, int[] size) {
    GroupedShape whole = new GroupedShape(1, size[1], size[2], size[3], size[4]);
    double[] qkv = random(new Random(SEED), Math.toIntExact(whole.tokens() * whole.packed()));
    MemorySegment input = putRounded(device, qkv);
    double[] expected = RotaryReference.attention(whole, qkv);
    int capacity = size[1] + 3;
    long room = (long) size[3] * capacity * size[4];
    KeyValues cache =
        new KeyValues(device.allocateActivations(room), device.allocateActivations(room));
    long bytes = device.precision().bytes();
    MemorySegment out = device.allocateActivations(expected.length);
    for (int start = 0, rows = 1; start < size[1]; start += rows, rows = 2) {
      rows = Math.min(rows, size[1] - start);
      GroupedShape heads = new GroupedShape(1, rows, size[2], size[3], size[4]);
      device
          .rotary()
          .cachedAttention(
              new CachedShape(rows, start, capacity, heads),
              input.asSlice(bytes * start * whole.packed()),
              cache,
              out.asSlice(bytes * start * whole.width()));
    }
    assertCloseRounded(device, "attention over a cache " + whole, expected, out, CLOSE);
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("rows")
  void gates(Device device, int[] size) {
    Rows shape = new Rows(size[0], size[1]);
    Random random = new Random(SEED);
    double[] gateUp = random(random, 2 * size[0] * size[1]);
    for (int i = 0; i < gateUp.length; i++) {
      gateUp[i] = (float) (gateUp[i] * 5);
    }
    double[] dy = random(random, size[0] * size[1]);
    MemorySegment input = putRounded(device, gateUp);
    MemorySegment y = device.allocateActivations(dy.length);
    device.rotary().siluGate(shape, input, y);
    assertCloseRounded(device, "gate", RotaryReference.siluGate(shape, gateUp), y, CLOSE);
    MemorySegment d = device.allocateActivations(gateUp.length);
    device.rotary().siluGateBackward(shape, input, putRounded(device, dy), d);
    double[] expected = differentiate(gateUp, at -> dot(dy, RotaryReference.siluGate(shape, at)));
    assertCloseRounded(device, "gate backward", expected, d, 1e-4);
  }

  @ParameterizedTest(autoCloseArguments = false)
  @FieldSource("DEVICES")
  void embedsTokensWithoutPositions(Device device) {
    Random random = new Random(SEED);
    EmbeddingShape shape = new EmbeddingShape(3, 5, 70, 4);
    int[] tokens = tokens(random, 15, 4);
    double[] table = random(random, 4 * 70);
    double[] dx = random(random, 15 * 70);
    double[] before = random(random, 4 * 70);
    MemorySegment x = device.allocate(15 * 70);
    device.rotary().embedTokens(shape, put(device, tokens), put(device, table), x);
    assertClose("embedding", RotaryReference.embed(shape, tokens, table), x, 0);
    MemorySegment dTable = put(device, before);
    device.rotary().embedTokensBackward(shape, put(device, tokens), put(device, dx), dTable);
    double[] expected =
        differentiate(table, at -> dot(dx, RotaryReference.embed(shape, tokens, at)));
    for (int i = 0; i < expected.length; i++) {
      expected[i] += before[i];
    }
    assertClose("added gradient of the table", expected, dTable, 1e-4);
    tokens[3] = 4;
    assertThrows(
        IllegalArgumentException.class,
        () -> device.rotary().embedTokens(shape, put(device, tokens), put(device, table), x));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 16})
  void givesTheSameBitsOnAnyNumberOfThreads(int threads) {
    for (Precision precision : Precision.values()) {
      try (CpuDevice one = CpuDevice.open(1, precision);
          CpuDevice many = CpuDevice.open(threads, precision)) {
        List<MemorySegment> expected = runAll(one);
        for (int run = 0; run < 3; run++) {
          List<MemorySegment> actual = runAll(many);
          for (int i = 0; i < expected.size(); i++) {
            assertEquals(-1, expected.get(i).mismatch(actual.get(i)), precision + " result " + i);
          }
        }
      }
    }
  }

  private static List<MemorySegment> runAll(Device device) {
    RotaryKernels kernels = device.rotary();
    Random random = new Random(SEED);
    GroupedShape heads = new GroupedShape(2, 75, 6, 2, 12);
    Rows rows = new Rows(150, 72);
    RmsShape norm = new RmsShape(rows, 1e-6f);
    MemorySegment x = put(device, random(random, 150 * 72));
    MemorySegment dy = put(device, random(random, 150 * 72));
    MemorySegment gain = put(device, random(random, 72));
    MemorySegment qkv = putRounded(device, random(random, 150 * heads.packed()));
    MemorySegment normal = device.allocateActivations(150 * 72);
    MemorySegment scales = device.allocate(150);
    MemorySegment dGain = device.allocate(72);
    MemorySegment gated = device.allocateActivations(150 * 60);
    MemorySegment dGateUp = device.allocateActivations(150 * 120);
    kernels.rmsNorm(norm, x, gain, normal, scales);
    kernels.rmsNormBackward(norm, new Normalised(x, scales), gain, dy, x, dGain);
    RotaryShape turn = new RotaryShape(150, 75, 8, 12, heads.packed());
    kernels.rotate(turn, Turn.FORWARD, qkv, put(device, random(random, 75 * 12)));
    kernels.siluGate(new Rows(150, 60), qkv, gated);
    kernels.siluGateBackward(new Rows(150, 60), qkv, gated, dGateUp);
    GroupedShape sequence = new GroupedShape(1, 75, 6, 2, 12);
    long room = 2 * 80 * 12;
    KeyValues cache =
        new KeyValues(device.allocateActivations(room), device.allocateActivations(room));
    MemorySegment cached = device.allocateActivations(75 * 72);
    kernels.cachedAttention(new CachedShape(75, 0, 80, sequence), qkv, cache, cached);
    return List.of(normal, scales, dGain, gated, dGateUp, cached, x, qkv);
  }
}
