package dev.sampo.device.cpu;

import static dev.sampo.device.cpu.Tensors.assertClose;
import static dev.sampo.device.cpu.Tensors.differentiate;
import static dev.sampo.device.cpu.Tensors.dot;
import static dev.sampo.device.cpu.Tensors.put;
import static dev.sampo.device.cpu.Tensors.random;
import static dev.sampo.device.cpu.Tensors.tokens;

import dev.sampo.device.Affine;
import dev.sampo.device.AttentionShape;
import dev.sampo.device.Device;
import dev.sampo.device.EmbeddingShape;
import dev.sampo.device.MatMul;
import dev.sampo.device.Normalised;
import dev.sampo.device.Operand;
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

/**
 * Each kernel against its double-precision reference, each gradient against central differences.
 */
class KernelTest {
  private static final long SEED = 20261101;
  private static final double CLOSE = 2e-5;

  static final List<CpuDevice> DEVICES = List.of(CpuDevice.open(2), CpuDevice.openPortable(2));

  @AfterAll
  static void closeDevices() {
    DEVICES.forEach(CpuDevice::close);
  }

  static Stream<Arguments> products() {
    int[][] sizes = {
      {1, 1, 1}, {3, 5, 7}, {17, 33, 16}, {64, 48, 31}, {130, 66, 40}, {200, 257, 9}
    };
    return DEVICES.stream()
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
    double[] a = random(random, shape.m() * shape.k());
    double[] b = random(random, shape.k() * shape.n());
    double[] bias = random(random, shape.n());
    double[] expected = Reference.matMul(shape, a, b);
    MemorySegment c = device.allocate(expected.length);
    device.matMul(shape, put(device, a), put(device, b), c);
    assertClose(device.name() + " " + shape, expected, c, CLOSE);
    for (int i = 0; i < expected.length; i++) {
      expected[i] += bias[i % shape.n()];
    }
    device.matMulBias(shape, put(device, a), put(device, b), put(device, bias), c);
    assertClose(device.name() + " with bias " + shape, expected, c, CLOSE);
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
  void gelus(Device device, Rows shape) {
    Random random = new Random(SEED);
    int elements = Math.toIntExact(shape.elements());
    double[] x = random(random, elements);
    for (int i = 0; i < elements; i++) {
      x[i] = (float) (x[i] * 6);
    }
    double[] dy = random(random, elements);
    MemorySegment y = device.allocate(elements);
    device.gelu(elements, put(device, x), y);
    assertClose("gelu " + shape, Reference.gelu(x), y, CLOSE);
    MemorySegment d = put(device, dy);
    device.geluBackward(elements, put(device, x), d, d);
    double[] expected = new double[elements];
    for (int i = 0; i < elements; i++) {
      double[] one = {x[i]};
      expected[i] = dy[i] * differentiate(one, at -> Reference.gelu(at)[0])[0];
    }
    assertClose("gelu backward in place " + shape, expected, d, CLOSE);
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("rows")
  void normalisesLayers(Device device, Rows shape) {
    Random random = new Random(SEED);
    int elements = Math.toIntExact(shape.elements());
    double[] x = random(random, elements);
    double[] gain = random(random, shape.width());
    double[] bias = random(random, shape.width());
    MemorySegment y = device.allocate(elements);
    MemorySegment statistics = device.allocate(2L * shape.rows());
    MemorySegment input = put(device, x);
    device.layerNorm(shape, input, new Affine(put(device, gain), put(device, bias)), y, statistics);
    assertClose("layer norm " + shape, Reference.layerNorm(shape, x, gain, bias), y, 1e-4);
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
    device.layerNorm(shape, input, affine, device.allocate(elements), statistics);
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
    int[][] sizes = {{1, 1, 1, 1}, {2, 5, 3, 4}, {1, 16, 2, 8}, {2, 19, 2, 3}, {1, 37, 1, 16}};
    return DEVICES.stream()
        .flatMap(
            device ->
                Stream.of(sizes)
                    .map(s -> Arguments.of(device, new AttentionShape(s[0], s[1], s[2], s[3]))));
  }

  @ParameterizedTest(autoCloseArguments = false)
  @MethodSource("attentions")
  void attendsToWhatCameBefore(Device device, AttentionShape shape) {
    Random random = new Random(SEED);
    int outputs = Math.toIntExact(shape.outputElements());
    double[] qkv = random(random, 3 * outputs);
    double[] dOut = random(random, outputs);
    MemorySegment input = put(device, qkv);
    MemorySegment weights = device.allocate(shape.weightElements());
    MemorySegment out = device.allocate(outputs);
    device.attention(shape, input, weights, out);
    assertClose("attention " + shape, Reference.attention(shape, qkv), out, CLOSE);
    MemorySegment dQkv = device.allocate(3L * outputs);
    device.attentionBackward(shape, input, weights, put(device, dOut), dQkv);
    double[] expected = differentiate(qkv, at -> dot(dOut, Reference.attention(shape, at)));
    assertClose("attention backward " + shape, expected, dQkv, 1e-4);
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
    device.crossEntropy(shape, values, ids, losses);
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
  }
}
