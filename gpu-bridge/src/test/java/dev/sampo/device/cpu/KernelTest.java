package dev.sampo.device.cpu;

import static dev.sampo.device.cpu.Tensors.assertClose;
import static dev.sampo.device.cpu.Tensors.assertCloseRounded;
import static dev.sampo.device.cpu.Tensors.differentiate;
import static dev.sampo.device.cpu.Tensors.dot;
import static dev.sampo.device.cpu.Tensors.put;
import static dev.sampo.device.cpu.Tensors.putRounded;
import static dev.sampo.device.cpu.Tensors.random;
import static dev.sampo.device.cpu.Tensors.rounding;
import static dev.sampo.device.cpu.Tensors.tokens;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sampo.device.Affine;
import dev.sampo.device.Attended;
import dev.sampo.device.AttentionShape;
import dev.sampo.device.Device;
import dev.sampo.device.Dropout;
import dev.sampo.device.EmbeddingShape;
import dev.sampo.device.MatMul;
import dev.sampo.device.Normalised;
import dev.sampo.device.Operand;
import dev.sampo.device.Precision;
import dev.sampo.device.Rows;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each kernel against its double-precision reference, each gradient against central differences.
 */
class KernelTest {
  private static final long SEED = 20261101;
  private static final double CLOSE = 2e-5;

  static final List<CpuDevice> DEVICES =
      List.of(
          CpuDevice.open(2),
          CpuDevice.openPortable(2),
          CpuDevice.open(2, Precision.BF16),
          CpuDevice.openPortable(2, Precision.BF16));

  /** For products only: all else that they do is what the others do. */
  private static final List<CpuDevice> PRODUCTS =
      List.of(OpenBlasGemmTest.open(2), GemmChoiceTest.openOneDnn(2));

  @AfterAll
  static void closeDevices() {
    DEVICES.forEach(CpuDevice::close);
    PRODUCTS.forEach(CpuDevice::close);
  }

  static Stream<Arguments> products() {
    int[][] sizes = {
      {1, 1, 1},
      {1, 37, 19},
      {1, 400, 53},
      {1, 70, 290},
      {3, 5, 7},
      {17, 33, 16},
      {64, 48, 31},
      {130, 66, 40},
      {200, 257, 9},
      {64, 96, 64},
      {130, 70, 400}
    };
    return Stream.concat(DEVICES.stream(), PRODUCTS.stream())
        .flatMap(
            device ->
                Stream.of(sizes)
                    .flatMap(
                        s ->
                            Stream.of(Operand.values())
                                .flatMap(
                                    a ->
                                        Stream.of(Operand.values())
                                            .map(
                                                b ->
                                                    Arguments.of(
                                                        device,
                                                        new MatMul(s[0], s[1], s[2], a, b))))));
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("products")
  void multipliesMatricesHoweverTheyLie(Device device, MatMul shape) {
    Random random = new Random(SEED);
    double[] left = random(random, shape.m() * shape.k());
    double[] right = random(random, shape.k() * shape.n());
    double[] addition = random(random, shape.n());
    double[] addend = random(random, shape.m() * shape.n());
    MemorySegment a = putRounded(device, left);
    MemorySegment b = putRounded(device, right);
    MemorySegment bias = put(device, addition);
    double[] expected = Reference.matMul(shape, left, right);
    String what = device.name() + " " + shape;
    MemorySegment c = device.allocate(expected.length);
    device.matMul(shape, a, b, c);
    assertClose(what, expected, c, CLOSE);
    MemorySegment rounded = device.allocateActivations(expected.length);
    device.matMul(shape.rounded(), a, b, rounded);
    assertCloseRounded(device, "rounded " + shape, expected, rounded, CLOSE);
    for (int i = 0; i < expected.length; i++) {
      expected[i] += addition[i % shape.n()];
    }
    device.matMulBias(shape, a, b, bias, c);
    assertClose(what + " with bias", expected, c, CLOSE);
    device.matMulBias(shape.rounded(), a, b, bias, rounded);
    assertCloseRounded(device, "rounded with bias " + shape, expected, rounded, CLOSE);
    for (int i = 0; i < expected.length; i++) {
      expected[i] += addend[i];
    }
    device.matMulBiasAdd(shape, a, b, bias, put(device, addend), c);
    assertClose(what + " with bias and addend", expected, c, CLOSE);
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("products")
  void gelusWhatItMultiplied(Device device, MatMul shape) {
    Random random = new Random(SEED);
    double[] left = random(random, shape.m() * shape.k());
    double[] right = random(random, shape.k() * shape.n());
    double[] addition = random(random, shape.n());
    MatMul rounded = shape.rounded();
    MemorySegment a = putRounded(device, left);
    MemorySegment b = putRounded(device, right);
    double[] sums = Reference.matMul(shape, left, right);
    double[] expected = sums.clone();
    for (int i = 0; i < expected.length; i++) {
      expected[i] += addition[i % shape.n()];
    }
    MemorySegment before = device.allocateActivations(expected.length);
    MemorySegment after = device.allocateActivations(expected.length);
    device.matMulBiasGelu(rounded, a, b, put(device, addition), before, after);
    assertCloseRounded(device, "before gelu " + shape, expected, before, CLOSE);
    double twice = CLOSE + 2 * rounding(device);
    assertCloseRounded(device, "gelu " + shape, Reference.gelu(expected), after, twice);
    double[] at = random(random, expected.length);
    MemorySegment place = putRounded(device, at);
    for (int i = 0; i < expected.length; i++) {
      double[] one = {at[i]};
      expected[i] = sums[i] * differentiate(one, x -> Reference.gelu(x)[0])[0];
    }
    device.matMulGeluBackward(rounded, a, b, place, before);
    assertCloseRounded(device, "gelu backward " + shape, expected, before, CLOSE);
  }

  static Stream<Arguments> rows() {
    int[][] sizes = {{1, 1}, {3, 7}, {5, 16}, {17, 33}, {33, 64}, {20, 130}};
    return DEVICES.stream()
        .flatMap(device -> Stream.of(sizes).map(s -> Arguments.of(device, new Rows(s[0], s[1]))));
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("rows")
  void addsAndSumsDownTheColumns(Device device, Rows shape) {
    Random random = new Random(SEED);
    int elements = Math.toIntExact(shape.elements());
    double[] a = random(random, elements);
    double[] b = random(random, elements);
    double[] sum = new double[elements];
    double[] columns = new double[shape.width()];
    for (int i = 0; i < elements; i++) {
      sum[i] = a[i] + b[i];
      columns[i % shape.width()] += a[i];
    }
    MemorySegment x = put(device, a);
    MemorySegment sums = device.allocate(shape.width());
    device.sumRows(shape, x, sums);
    assertClose("column sums " + shape, columns, sums, CLOSE);
    device.add(elements, x, put(device, b), x);
    assertClose("sum in place " + shape, sum, x, CLOSE);
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("rows")
  void roundsAndSumsWhatIsRounded(Device device, Rows shape) {
    Random random = new Random(SEED);
    double[] values = random(random, Math.toIntExact(shape.elements()));
    MemorySegment rounded = device.allocateActivations(values.length);
    device.round(values.length, put(device, values), rounded);
    assertCloseRounded(device, "rounded " + shape, values, rounded, 0);
    MemorySegment x = putRounded(device, values);
    assertEquals(-1, x.mismatch(rounded), "rounding in vectors and alone");
    double[] columns = new double[shape.width()];
    for (int i = 0; i < values.length; i++) {
      columns[i % shape.width()] += values[i];
    }
    MemorySegment sums = device.allocate(shape.width());
    device.sumRows(shape, device.precision(), x, sums);
    assertClose("sums of rounded " + shape, columns, sums, CLOSE);
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("rows")
  void dropsTheShareThatItShould(Device device, Rows shape) {
    Random random = new Random(SEED);
    int elements = Math.toIntExact(shape.elements());
    double[] x = random(random, elements);
    Dropout dropout = new Dropout(77, 0.25f);
    double[] expected = new double[elements];
    for (int i = 0; i < elements; i++) {
      int rowKey = DropoutMask.rowKey(dropout, i / Split.ELEMENTS);
      expected[i] = DropoutMask.keeps(dropout, rowKey, i % Split.ELEMENTS) ? x[i] / 0.75 : 0;
    }
    MemorySegment y = put(device, x);
    device.dropout(elements, dropout, y, y);
    assertClose("dropout " + shape, expected, y, CLOSE);
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("rows")
  void normalisesLayers(Device device, Rows shape) {
    Random random = new Random(SEED);
    int elements = Math.toIntExact(shape.elements());
    double[] x = random(random, elements);
    double[] gain = random(random, shape.width());
    double[] bias = random(random, shape.width());
    MemorySegment y = device.allocateActivations(elements);
    MemorySegment statistics = device.allocate(2L * shape.rows());
    MemorySegment input = put(device, x);
    device.layerNorm(shape, input, new Affine(put(device, gain), put(device, bias)), y, statistics);
    double[] expected = Reference.layerNorm(shape, x, gain, bias);
    assertCloseRounded(device, "layer norm " + shape, expected, y, 1e-4);
  }

  static Stream<Arguments> smallRows() {
    int[][] sizes = {{2, 7}, {3, 16}, {5, 19}, {2, 40}};
    return DEVICES.stream()
        .flatMap(device -> Stream.of(sizes).map(s -> Arguments.of(device, new Rows(s[0], s[1]))));
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("smallRows")
  void differentiatesLayerNorm(Device device, Rows shape) {
    Random random = new Random(SEED);
    int elements = Math.toIntExact(shape.elements());
    double[] x = random(random, elements);
    double[] gain = random(random, shape.width());
    double[] bias = random(random, shape.width());
    double[] dy = random(random, elements);
    double[] before = random(random, elements);
    Affine affine = new Affine(put(device, gain), put(device, bias));
    MemorySegment input = put(device, x);
    MemorySegment statistics = device.allocate(2L * shape.rows());
    device.layerNorm(shape, input, affine, device.allocateActivations(elements), statistics);
    MemorySegment dx = put(device, before);
    Affine gradient = new Affine(device.allocate(shape.width()), device.allocate(shape.width()));
    device.layerNormBackward(
        shape, new Normalised(input, statistics), affine.gain(), put(device, dy), dx, gradient);
    double[] expected = differentiate(x, at -> dot(dy, Reference.layerNorm(shape, at, gain, bias)));
    for (int i = 0; i < elements; i++) {
      expected[i] += before[i];
    }
    assertClose("added gradient at the input " + shape, expected, dx, 1e-4);
    assertClose(
        "gradient of the gain " + shape,
        differentiate(gain, at -> dot(dy, Reference.layerNorm(shape, x, at, bias))),
        gradient.gain(),
        1e-4);
    assertClose(
        "gradient of the bias " + shape,
        differentiate(bias, at -> dot(dy, Reference.layerNorm(shape, x, gain, at))),
        gradient.bias(),
        1e-4);
  }

  static Stream<Arguments> attentions() {
    int[][] sizes = {
      {1, 1, 1, 1, 1},
      {2, 5, 3, 3, 4},
      {1, 16, 2, 2, 8},
      {2, 19, 2, 1, 3},
      {2, 19, 6, 2, 4},
      {1, 37, 1, 1, 16},
      {1, 130, 2, 2, 2},
      {1, 140, 4, 2, 1}
    };
    return DEVICES.stream()
        .flatMap(
            device ->
                Stream.of(sizes)
                    .map(
                        s ->
                            Arguments.of(
                                device, new AttentionShape(s[0], s[1], s[2], s[3], s[4]))));
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("attentions")
  void attendsToWhatCameBefore(Device device, AttentionShape shape) {
    attends(device, shape, Dropout.NONE);
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("attentions")
  void attendsWithDropout(Device device, AttentionShape shape) {
    attends(device, shape, new Dropout(5, 0.3f));
  }

  private static void attends(Device device, AttentionShape shape, Dropout dropout) {
    Random random = new Random(SEED);
    int outputs = Math.toIntExact(shape.outputElements());
    double[] qkv = random(random, Math.toIntExact(shape.inputElements()));
    double[] dOut = random(random, outputs);
    MemorySegment input = putRounded(device, qkv);
    MemorySegment gradient = putRounded(device, dOut);
    MemorySegment statistics = device.allocate(shape.statisticElements());
    MemorySegment out = device.allocateActivations(outputs);
    device.attention(shape, dropout, input, statistics, out);
    // The weights are rounded on their way, too.
    double close = CLOSE + rounding(device);
    double[] expected = Reference.attention(shape, dropout, qkv);
    assertCloseRounded(device, "attention " + shape, expected, out, close);
    MemorySegment dQkv = device.allocateActivations(qkv.length);
    Attended saved = new Attended(input, statistics, out);
    device.attentionBackward(shape, dropout, saved, gradient, dQkv);
    double[] wanted = differentiate(qkv, at -> dot(dOut, Reference.attention(shape, dropout, at)));
    double largest = Arrays.stream(wanted).map(Math::abs).max().orElse(0);
    double closer = 1e-4 + 4 * rounding(device) * Math.max(1, largest);
    assertCloseRounded(device, "attention backward " + shape, wanted, dQkv, closer);
  }

  @ParameterizedTest(autoCloseArguments = false)
  @FieldSource("DEVICES")
  void embedsTokensAndPositions(Device device) {
    Random random = new Random(SEED);
    EmbeddingShape shape = new EmbeddingShape(3, 5, 70, 4);
    int[] tokens = tokens(random, 15, 4);
    double[] tokenTable = random(random, 4 * 70);
    double[] positionTable = random(random, 5 * 70);
    double[] dx = random(random, 15 * 70);
    MemorySegment x = device.allocate(15 * 70);
    MemorySegment ids = put(device, tokens);
    device.embed(shape, ids, put(device, tokenTable), put(device, positionTable), x);
    assertClose("embedding", Reference.embed(shape, tokens, tokenTable, positionTable), x, CLOSE);
    double[] before = random(random, 4 * 70);
    MemorySegment dTokens = put(device, before);
    MemorySegment dPositions = device.allocate(5 * 70);
    device.embedBackward(shape, ids, put(device, dx), dTokens, dPositions);
    double[] expected =
        differentiate(tokenTable, at -> dot(dx, Reference.embed(shape, tokens, at, positionTable)));
    for (int i = 0; i < expected.length; i++) {
      expected[i] += before[i];
    }
    assertClose("added gradient of the token table", expected, dTokens, 1e-4);
    assertClose(
        "gradient of the position table",
        differentiate(positionTable, at -> dot(dx, Reference.embed(shape, tokens, tokenTable, at))),
        dPositions,
        1e-4);
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("smallRows")
  void scoresTokens(Device device, Rows shape) {
    Random random = new Random(SEED);
    double[] logits = random(random, Math.toIntExact(shape.elements()));
    int[] targets = tokens(random, shape.rows(), shape.width());
    double[] expected = Reference.crossEntropy(shape, logits, targets);
    MemorySegment ids = put(device, targets);
    MemorySegment values = put(device, logits);
    MemorySegment losses = device.allocate(shape.rows());
    device.crossEntropyLoss(shape, values, ids, losses);
    assertClose("losses alone " + shape, expected, losses, CLOSE);
    assertClose("logits are left alone " + shape, logits, values, 0);
    MemorySegment rounded = device.allocateActivations(logits.length);
    device.crossEntropy(shape, values, ids, losses, rounded);
    assertClose("losses " + shape, expected, losses, CLOSE);
    double[] gradient =
        differentiate(
            logits,
            at -> {
              double sum = 0;
              for (double loss : Reference.crossEntropy(shape, at, targets)) {
                sum += loss;
              }
              return sum / shape.rows();
            });
    assertClose("gradient of the mean loss " + shape, gradient, values, CLOSE);
    assertCloseRounded(device, "gradient of the mean loss " + shape, gradient, rounded, CLOSE);
  }
}
