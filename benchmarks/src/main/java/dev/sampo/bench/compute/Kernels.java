package dev.sampo.bench.compute;

import dev.sampo.device.Affine;
import dev.sampo.device.Attended;
import dev.sampo.device.AttentionShape;
import dev.sampo.device.Device;
import dev.sampo.device.Dropout;
import dev.sampo.device.EmbeddingShape;
import dev.sampo.device.FloatVectors;
import dev.sampo.device.MatMul;
import dev.sampo.device.Normalised;
import dev.sampo.device.Rows;
import dev.sampo.model.Range;
import dev.sampo.model.gpt.GptShape;
import dev.sampo.model.optimizer.AdamW;
import dev.sampo.parameter.SideHash;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The kernels of one training step, each alone at the job's own shape, with what it would cost if
 * only its arithmetic or only its memory traffic counted.
 */
final class Kernels {
  /**
   * One kernel.
   *
   * @param calls in a step
   * @param flops of a call in matrix products, 0 where there are none
   * @param bytes that a call must read and write if nothing is in a cache
   */
  record Kernel(String name, int calls, double flops, double bytes, Runnable call) {}

  /**
   * One kernel and its time.
   *
   * @param seconds of a call, the best of some
   */
  record Timed(String name, int calls, double flops, double bytes, double seconds) {
    /** Milliseconds of a step. */
    double stepMs() {
      return calls * seconds * 1e3;
    }

    /** What a step would spend on it at these rates. */
    double boundMs(double flopsPerSecond, double bytesPerSecond) {
      return calls * Math.max(flops / flopsPerSecond, bytes / bytesPerSecond) * 1e3;
    }
  }

  private static final int ROUNDS = 7;

  private final Device device;
  private final int layers;
  private final int r;
  private final int c;
  private final int v;
  private final AttentionShape attention;
  private final EmbeddingShape embedding;
  private final int e; // bytes of an activation
  private final MemorySegment[] narrow = new MemorySegment[4]; // f32 (R, C)
  private final MemorySegment[] wide = new MemorySegment[4]; // activations (R, 4C)
  private final MemorySegment weights; // activations (C, 4C)
  private final MemorySegment full; // f32 (C, 4C) and more
  private final MemorySegment statistics;
  private final MemorySegment softmax;
  private final MemorySegment tokens;
  private final List<Kernel> all = new ArrayList<>();
  private double norm; // kept, so that the compiler must compute it; likewise the hash
  private long prefix;

  private Kernels(ReferenceJob.Size size, Device device) {
    GptShape shape = size.shape();
    this.device = device;
    layers = shape.layers();
    r = Math.toIntExact(size.tokens());
    c = shape.width();
    v = shape.vocabulary();
    attention = new AttentionShape(size.batch(), shape.context(), shape.heads(), c / shape.heads());
    embedding = new EmbeddingShape(size.batch(), shape.context(), c, v);
    e = device.precision().bytes();
    // Room for the widest of a block and for the logits.
    long most = (long) r * Math.max(4 * c, v);
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = filled(device.allocate((long) r * c), i);
      wide[i] = device.allocateActivations(most);
      MemorySegment values = filled(device.allocate(most), i);
      device.round(most, values, wide[i]);
    }
    weights = wide[3];
    full = filled(device.allocate(most), 1);
    statistics = device.allocate(2L * r);
    softmax = device.allocate(attention.statisticElements());
    tokens = device.allocate(r);
  }

  private static MemorySegment filled(MemorySegment x, int salt) {
    for (long i = 0; i < x.byteSize() / Float.BYTES; i++) {
      x.setAtIndex(java.lang.foreign.ValueLayout.JAVA_FLOAT, i, ((i * 31 + salt) % 97 - 48) / 97f);
    }
    return x;
  }

  /** All kernels of a step; they live as long as the device. */
  static List<Kernel> of(ReferenceJob.Size size, Device device) {
    Kernels kernels = new Kernels(size, device);
    kernels.products();
    kernels.rest();
    kernels.afterGradient(size.shape().layout().total());
    return List.copyOf(kernels.all);
  }

  /** Times all kernels of a step. */
  static List<Timed> time(ReferenceJob.Size size, Device device) {
    return of(size, device).stream()
        .map(k -> new Timed(k.name(), k.calls(), k.flops(), k.bytes(), best(k.call())))
        .toList();
  }

  /** Bytes a second of a sum of two vectors that no cache holds. */
  static double bandwidth(Device device) {
    long elements = 16L << 20;
    MemorySegment a = device.allocate(elements);
    MemorySegment b = device.allocate(elements);
    MemorySegment sum = device.allocate(elements);
    return 3.0 * elements * Float.BYTES / best(() -> device.add(elements, a, b, sum));
  }

  static double best(Runnable kernel) {
    double best = Double.POSITIVE_INFINITY;
    for (int round = 0; round < ROUNDS; round++) {
      long start = System.nanoTime();
      kernel.run();
      best = Math.min(best, (System.nanoTime() - start) * 1e-9);
    }
    return best;
  }

  private void add(String name, int calls, double flops, double bytes, Runnable kernel) {
    all.add(new Kernel(name, calls, flops, bytes, kernel));
  }

  private void product(String name, int calls, MatMul shape, double moreBytes, Runnable kernel) {
    double flops = 2.0 * shape.m() * shape.n() * shape.k();
    double operands = ((double) shape.m() * shape.k() + (double) shape.k() * shape.n()) * e;
    int resultBytes = shape.c() == MatMul.Result.FULL ? Float.BYTES : e;
    double result = (double) shape.m() * shape.n() * resultBytes;
    add(name, calls, flops, operands + result + moreBytes, kernel);
  }

  private void products() {
    MatMul qkv = MatMul.plain(r, 3 * c, c).rounded();
    MatMul attended = MatMul.plain(r, c, c);
    MatMul up = MatMul.plain(r, 4 * c, c).rounded();
    MatMul down = MatMul.plain(r, c, 4 * c);
    double narrowBytes = (double) r * c * Float.BYTES;
    double wideBytes = 4.0 * r * c * e;
    product(
        "qkv + bias",
        layers,
        qkv,
        0,
        () -> device.matMulBias(qkv, wide[0], weights, full, wide[1]));
    product(
        "attended + bias + residual",
        layers,
        attended,
        narrowBytes,
        () -> device.matMulBiasAdd(attended, wide[0], weights, full, narrow[0], narrow[1]));
    product(
        "up + bias + gelu",
        layers,
        up,
        wideBytes,
        () -> device.matMulBiasGelu(up, wide[0], weights, full, wide[1], wide[2]));
    product(
        "down + bias + residual",
        layers,
        down,
        narrowBytes,
        () -> device.matMulBiasAdd(down, wide[0], weights, full, narrow[0], narrow[1]));
    plain("head", 1, MatMul.transposedB(r, v, c));
    plain("head, input gradient", 1, MatMul.plain(r, c, v));
    plain("head, weight gradient", 1, MatMul.transposedA(v, c, r));
    plain("qkv, input gradient", layers, MatMul.transposedB(r, c, 3 * c));
    plain("attended, input gradient", layers, MatMul.transposedB(r, c, c).rounded());
    plain("up, input gradient", layers, MatMul.transposedB(r, c, 4 * c));
    MatMul downInput = MatMul.transposedB(r, 4 * c, c).rounded();
    product(
        "down, input gradient + gelu",
        layers,
        downInput,
        wideBytes,
        () -> device.matMulGeluBackward(downInput, wide[0], weights, wide[1], wide[2]));
    plain("qkv, weight gradient", layers, MatMul.transposedA(c, 3 * c, r));
    plain("attended, weight gradient", layers, MatMul.transposedA(c, c, r));
    plain("up, weight gradient", layers, MatMul.transposedA(c, 4 * c, r));
    plain("down, weight gradient", layers, MatMul.transposedA(4 * c, c, r));
  }

  private void plain(String name, int calls, MatMul shape) {
    product(name, calls, shape, 0, () -> device.matMul(shape, wide[0], wide[1], full));
  }

  private void rest() {
    Rows rows = new Rows(r, c);
    double narrowBytes = (double) r * c * Float.BYTES;
    double narrowRounded = (double) r * c * e;
    // Only the half of the square that is needed counts.
    double square = (double) r * attention.context() * c;
    add(
        "attention",
        layers,
        2 * square,
        4 * narrowRounded,
        () -> device.attention(attention, Dropout.NONE, wide[0], softmax, wide[1]));
    Attended saved = new Attended(wide[0], softmax, wide[1]);
    add(
        "attention, gradient",
        layers,
        5 * square,
        8 * narrowRounded,
        () -> device.attentionBackward(attention, Dropout.NONE, saved, wide[2], wide[3]));
    Affine affine = new Affine(full, full);
    add(
        "layer norm",
        2 * layers + 1,
        0,
        narrowBytes + narrowRounded,
        () -> device.layerNorm(rows, narrow[0], affine, wide[1], statistics));
    Normalised input = new Normalised(narrow[0], statistics);
    Affine gradient = new Affine(full, full);
    add(
        "layer norm, gradient",
        2 * layers + 1,
        0,
        4 * narrowBytes,
        () -> device.layerNormBackward(rows, input, narrow[3], narrow[1], narrow[2], gradient));
    add(
        "bias gradients, narrow",
        2 * layers,
        0,
        narrowBytes,
        () -> device.sumRows(rows, narrow[0], full));
    add(
        "bias gradients, wide",
        layers,
        0,
        7 * narrowRounded,
        () -> {
          device.sumRows(new Rows(r, 4 * c), device.precision(), wide[0], full);
          device.sumRows(new Rows(r, 3 * c), device.precision(), wide[0], full);
        });
    Rows logits = new Rows(r, v);
    add(
        "cross-entropy",
        1,
        0,
        2.0 * r * v * Float.BYTES,
        () -> device.crossEntropy(logits, full, tokens, statistics, wide[1]));
    add(
        "embedding",
        1,
        0,
        2 * narrowBytes,
        () -> device.embed(embedding, tokens, full, full, narrow[0]));
    add(
        "embedding, gradient",
        1,
        0,
        3 * narrowBytes,
        () -> device.embedBackward(embedding, tokens, narrow[0], full, narrow[1]));
  }

  /** What follows the gradient; on the calling thread alone, as a shard does it. */
  private void afterGradient(long parameters) {
    MemorySegment gradient = filled(device.allocate(parameters), 1);
    AdamW.State[] versions = new AdamW.State[2];
    for (int side = 0; side < versions.length; side++) {
      versions[side] =
          new AdamW.State(
              device.allocate(parameters),
              device.allocate(parameters),
              device.allocate(parameters));
    }
    double bytes = (double) parameters * Float.BYTES;
    add("norm", 1, 0, bytes, () -> norm = FloatVectors.sumSquares(gradient));
    AdamW optimizer = new AdamW(0.9f, 0.99f, 1e-8f, 0.1f);
    AdamW.Rates rates = optimizer.rates(new AdamW.Scalars(1, 1e-3f, 1));
    List<Range> decayed = List.of(new Range(0, parameters));
    add(
        "AdamW",
        1,
        0,
        7 * bytes,
        () -> optimizer.step(rates, versions[0], versions[1], gradient, decayed));
    MemorySegment other = versions[0].mean();
    MemorySegment sum = versions[1].mean();
    add("sum of two gradients", 0, 0, 3 * bytes, () -> FloatVectors.add(sum, gradient, other));
    SideHash hash = new SideHash();
    add("hash of a gradient", 0, 0, bytes, () -> prefix = hash.of(gradient).prefix());
  }
}
