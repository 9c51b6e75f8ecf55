package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.device.Affine;
import dev.sampo.device.AttentionShape;
import dev.sampo.device.Device;
import dev.sampo.device.EmbeddingShape;
import dev.sampo.device.MatMul;
import dev.sampo.device.Normalised;
import dev.sampo.device.RotaryKernels;
import dev.sampo.device.Rows;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A device made of a fixed number of processor cores.
 *
 * <p>Any thread may use it, one at a time; a second one at the same moment is refused. Owns its
 * threads, its tensors and its plans until it is closed.
 */
public final class CpuDevice implements Device {
  /** More threads than this on one device are a mistake in a setting. */
  public static final int MAX_THREADS = 1024;

  private static final Logger LOG = System.getLogger(CpuDevice.class.getName());

  private static final int ELEMENTS_PER_PART = 4_096;
  private static final int ROWS_PER_PART = 16;
  private static final int COLUMNS_PER_PART = 64;

  private final Arena arena = Arena.ofShared();
  private final ReentrantLock inUse = new ReentrantLock();
  private final Map<MatMul, MatMulPlan> matMulPlans = new HashMap<>();
  private final Map<AttentionShape, AttentionPlan> attentionPlans = new HashMap<>();
  private final Gemm gemm;
  private final WorkerPool pool;
  private final OperandCheck operands;
  private final RotaryKernels rotary;
  private MemorySegment scratch = MemorySegment.NULL;
  private boolean closed;

  private CpuDevice(int threads, Gemm gemm) {
    this.gemm = gemm;
    this.pool = WorkerPool.start(threads);
    this.operands = new OperandCheck(pool);
    this.rotary = new CpuRotaryKernels(this, pool, gemm, arena);
  }

  /**
   * Opens a device of {@code threads} threads, the caller's among them. Matrix products run on
   * oneDNN where it loads; elsewhere on a Vector API loop, and one log line says why.
   *
   * @throws IllegalArgumentException if threads is not in [1, {@value #MAX_THREADS}]
   */
  public static CpuDevice open(int threads) {
    checkThreads(threads);
    Gemm gemm;
    try {
      gemm = DnnlGemm.open(DnnlLibrary.load());
    } catch (UnsatisfiedLinkError | RuntimeException e) {
      LOG.log(
          Level.WARNING,
          "matrix products run on the slower Vector API loop: reason={0}; hint: run on Linux x86-64"
              + " with the dnnl jar on the class path",
          e.getMessage());
      gemm = new VectorGemm();
    }
    return new CpuDevice(threads, gemm);
  }

  /** Opens a device that uses no native library: slower, and the same bits on every machine. */
  public static CpuDevice openPortable(int threads) {
    checkThreads(threads);
    return new CpuDevice(threads, new VectorGemm());
  }

  private static void checkThreads(int threads) {
    if (threads < 1 || threads > MAX_THREADS) {
      throw new IllegalArgumentException(
          "a CPU device has 1 to %d threads: threads=%d".formatted(MAX_THREADS, threads));
    }
  }

  @Override
  public String name() {
    return "cpu-f32-" + gemm.name();
  }

  @Override
  public int threads() {
    return pool.threads();
  }

  @Override
  public RotaryKernels rotary() {
    return rotary;
  }

  @Override
  public MemorySegment allocate(long elements) {
    return arena.allocate(Math.multiplyExact(elements, (long) Float.BYTES), 64);
  }

  @Override
  public void matMul(MatMul shape, MemorySegment a, MemorySegment b, MemorySegment c) {
    operands.checkProduct(shape, a, b, c);
    run(
        () -> {
          MatMulPlan plan = plan(shape);
          pool.run(plan.tiles(), (tile, worker) -> plan.multiply(tile, worker, a, b, c));
        });
  }

  @Override
  public void matMulBias(
      MatMul shape, MemorySegment a, MemorySegment b, MemorySegment bias, MemorySegment c) {
    operands.checkProduct(shape, a, b, c);
    operands.check("bias", bias, shape.n());
    run(
        () -> {
          MatMulPlan plan = plan(shape);
          pool.run(
              plan.tiles(),
              (tile, worker) -> {
                plan.multiply(tile, worker, a, b, c);
                plan.addBias(tile, bias, c);
              });
        });
  }

  private MatMulPlan plan(MatMul shape) {
    return matMulPlans.computeIfAbsent(
        shape, wanted -> MatMulPlan.prepare(wanted, gemm, pool.threads()));
  }

  @Override
  public void sumRows(Rows shape, MemorySegment x, MemorySegment columnSums) {
    operands.check("x", x, shape.elements());
    operands.check("columnSums", columnSums, shape.width());
    columns(shape.width(), (from, to) -> LayerNorm.sumColumns(shape, x, columnSums, from, to));
  }

  @Override
  public void add(long elements, MemorySegment a, MemorySegment b, MemorySegment sum) {
    operands.check("a", a, elements);
    operands.check("b", b, elements);
    operands.check("sum", sum, elements);
    elements(elements, (from, to) -> Elementwise.add(a, b, sum, from, to));
  }

  @Override
  public void gelu(long elements, MemorySegment x, MemorySegment y) {
    operands.check("x", x, elements);
    operands.check("y", y, elements);
    elements(elements, (from, to) -> Elementwise.gelu(x, y, from, to));
  }

  @Override
  public void geluBackward(long elements, MemorySegment x, MemorySegment dy, MemorySegment dx) {
    operands.check("x", x, elements);
    operands.check("dy", dy, elements);
    operands.check("dx", dx, elements);
    Elementwise.Gelu gelu = new Elementwise.Gelu(x, dy, dx);
    run(
        () -> {
          long scratchBytes = (long) ELEMENTS_PER_PART * Float.BYTES;
          MemorySegment scratch = scratch(scratchBytes * pool.threads());
          pool.run(
              parts(elements),
              (part, worker) -> {
                long from = (long) part * ELEMENTS_PER_PART;
                MemorySegment mine = scratch.asSlice(worker * scratchBytes, scratchBytes);
                Elementwise.geluBackward(
                    gelu, mine, from, Math.min(elements, from + ELEMENTS_PER_PART));
              });
        });
  }

  @Override
  public void layerNorm(
      Rows shape, MemorySegment x, Affine affine, MemorySegment y, MemorySegment statistics) {
    operands.check("x", x, shape.elements());
    operands.check("gain", affine.gain(), shape.width());
    operands.check("bias", affine.bias(), shape.width());
    operands.check("y", y, shape.elements());
    operands.check("statistics", statistics, 2L * shape.rows());
    rows(shape.rows(), row -> LayerNorm.forward(shape.width(), x, affine, y, statistics, row));
  }

  @Override
  public void layerNormBackward(
      Rows shape,
      Normalised saved,
      MemorySegment gain,
      MemorySegment dy,
      MemorySegment dx,
      Affine gradient) {
    operands.check("input", saved.input(), shape.elements());
    operands.check("statistics", saved.statistics(), 2L * shape.rows());
    operands.check("gain", gain, shape.width());
    operands.check("dy", dy, shape.elements());
    operands.check("dx", dx, shape.elements());
    operands.check("gradient of gain", gradient.gain(), shape.width());
    operands.check("gradient of bias", gradient.bias(), shape.width());
    rows(shape.rows(), row -> LayerNorm.backwardRow(shape.width(), saved, gain, dy, dx, row));
    columns(
        shape.width(),
        (from, to) -> LayerNorm.backwardColumns(shape, saved, dy, gradient, from, to));
  }

  @Override
  public void attention(
      AttentionShape shape, MemorySegment qkv, MemorySegment weights, MemorySegment out) {
    operands.check("qkv", qkv, 3 * shape.outputElements());
    operands.check("weights", weights, shape.weightElements());
    operands.check("out", out, shape.outputElements());
    run(
        () -> {
          AttentionPlan plan = plan(shape);
          pool.run(plan.parts(), (part, worker) -> plan.forward(part, worker, qkv, weights, out));
        });
  }

  @Override
  public void attentionBackward(
      AttentionShape shape,
      MemorySegment qkv,
      MemorySegment weights,
      MemorySegment dOut,
      MemorySegment dQkv) {
    operands.check("qkv", qkv, 3 * shape.outputElements());
    operands.check("weights", weights, shape.weightElements());
    operands.check("dOut", dOut, shape.outputElements());
    operands.check("dQkv", dQkv, 3 * shape.outputElements());
    run(
        () -> {
          AttentionPlan plan = plan(shape);
          pool.run(
              plan.parts(),
              (part, worker) -> plan.backward(part, worker, qkv, weights, dOut, dQkv));
        });
  }

  private AttentionPlan plan(AttentionShape shape) {
    return attentionPlans.computeIfAbsent(
        shape, wanted -> AttentionPlan.prepare(wanted, gemm, pool.threads(), arena));
  }

  @Override
  public void embed(
      EmbeddingShape shape,
      MemorySegment tokens,
      MemorySegment tokenTable,
      MemorySegment positionTable,
      MemorySegment x) {
    operands.checkEmbedding(shape, tokens, tokenTable, positionTable, x);
    run(
        () ->
            pool.run(
                shape.batch(),
                (sequence, worker) ->
                    Embedding.forward(shape, tokens, tokenTable, positionTable, x, sequence)));
  }

  @Override
  public void embedBackward(
      EmbeddingShape shape,
      MemorySegment tokens,
      MemorySegment dx,
      MemorySegment dTokenTable,
      MemorySegment dPositionTable) {
    operands.checkEmbedding(shape, tokens, dTokenTable, dPositionTable, dx);
    columns(
        shape.width(),
        (from, to) -> Embedding.tokenColumns(shape, tokens, dx, dTokenTable, from, to));
    rows(shape.context(), position -> Embedding.position(shape, dx, dPositionTable, position));
  }

  @Override
  public void crossEntropy(
      Rows shape, MemorySegment logits, MemorySegment targets, MemorySegment losses) {
    operands.checkLoss(shape, logits, targets, losses);
    float factor = 1f / shape.rows();
    int width = shape.width();
    rows(
        shape.rows(),
        row -> {
          int target = Softmax.target(targets, row, width);
          float loss = Softmax.lossAndGradient(logits, width, row, target, factor);
          losses.setAtIndex(JAVA_FLOAT, row, loss);
        });
  }

  @Override
  public void crossEntropyLoss(
      Rows shape, MemorySegment logits, MemorySegment targets, MemorySegment losses) {
    operands.checkLoss(shape, logits, targets, losses);
    int width = shape.width();
    long rowBytes = (long) width * Float.BYTES;
    run(
        () -> {
          MemorySegment scratch = scratch(rowBytes * pool.threads());
          pool.run(
              shape.rows(),
              (row, worker) -> {
                int target = Softmax.target(targets, row, width);
                MemorySegment mine = scratch.asSlice(worker * rowBytes, rowBytes);
                losses.setAtIndex(JAVA_FLOAT, row, Softmax.loss(logits, width, row, target, mine));
              });
        });
  }

  MemorySegment scratch(long bytes) {
    if (scratch.byteSize() < bytes) {
      scratch = arena.allocate(bytes, 64);
    }
    return scratch;
  }

  private interface Range {
    void run(long from, long to);
  }

  interface Columns {
    void run(int from, int to);
  }

  interface Row {
    void run(int row);
  }

  private void elements(long elements, Range range) {
    run(
        () ->
            pool.run(
                parts(elements),
                (part, worker) -> {
                  long from = (long) part * ELEMENTS_PER_PART;
                  range.run(from, Math.min(elements, from + ELEMENTS_PER_PART));
                }));
  }

  private static int parts(long elements) {
    return Math.toIntExact((elements + ELEMENTS_PER_PART - 1) / ELEMENTS_PER_PART);
  }

  void rows(int rows, Row row) {
    int parts = (rows + ROWS_PER_PART - 1) / ROWS_PER_PART;
    run(
        () ->
            pool.run(
                parts,
                (part, worker) -> {
                  int from = part * ROWS_PER_PART;
                  int to = Math.min(rows, from + ROWS_PER_PART);
                  for (int i = from; i < to; i++) {
                    row.run(i);
                  }
                }));
  }

  void columns(int width, Columns columns) {
    int parts = (width + COLUMNS_PER_PART - 1) / COLUMNS_PER_PART;
    run(
        () ->
            pool.run(
                parts,
                (part, worker) -> {
                  int from = part * COLUMNS_PER_PART;
                  columns.run(from, Math.min(width, from + COLUMNS_PER_PART));
                }));
  }

  void run(Runnable kernel) {
    if (!inUse.tryLock()) {
      throw new IllegalStateException(
          "one thread at a time uses a device: device="
              + name()
              + ", thread="
              + Thread.currentThread().getName());
    }
    try {
      if (closed) {
        throw new IllegalStateException("the device is closed: device=" + name());
      }
      kernel.run();
    } finally {
      inUse.unlock();
    }
  }

  /** Ends the threads and frees all tensors. */
  @Override
  public void close() {
    inUse.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      pool.close();
      gemm.close();
      arena.close();
    } finally {
      inUse.unlock();
    }
  }
}
