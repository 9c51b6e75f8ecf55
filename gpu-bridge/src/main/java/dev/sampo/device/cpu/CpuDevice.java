package dev.sampo.device.cpu;

import com.sun.management.OperatingSystemMXBean;
import dev.sampo.device.Affine;
import dev.sampo.device.Attended;
import dev.sampo.device.AttentionShape;
import dev.sampo.device.Device;
import dev.sampo.device.DeviceFacts;
import dev.sampo.device.Dropout;
import dev.sampo.device.EmbeddingShape;
import dev.sampo.device.LargePages;
import dev.sampo.device.MatMul;
import dev.sampo.device.Normalised;
import dev.sampo.device.Precision;
import dev.sampo.device.RotaryKernels;
import dev.sampo.device.Rows;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A device made of a fixed number of processor cores.
 *
 * <p>Any thread may use it, one at a time; a second one at the same moment is refused. Owns its
 * threads, its tensors and its plans until it is closed.
 *
 * <p>A kernel makes no objects: what it works on lies in fields of the class that runs it, and its
 * parts are method references that were made with the device.
 */
public final class CpuDevice implements Device {
  /** More threads than this on one device are a mistake in a setting. */
  public static final int MAX_THREADS = 1024;

  private static final Logger LOG = System.getLogger(CpuDevice.class.getName());

  private final Arena arena = Arena.ofShared();
  private final ReentrantLock inUse = new ReentrantLock();
  private final Use oneUse = new Use();
  private final Precision precision;
  private final GemmChoice choice;
  private final WorkerPool pool;
  private final OperandCheck operands;
  private final Products products;
  private final Split split;
  private final ColumnSums columnSums;
  private final ElementwiseKernels elementwise;
  private final NormKernels norms;
  private final AttentionKernels attentions;
  private final EmbeddingKernels embeddings;
  private final LossKernels loss;
  private final CpuRotaryKernels rotary;
  private long allocatedBytes;
  private boolean closed;

  private CpuDevice(int threads, Precision precision, GemmChoice choice) {
    this.precision = precision;
    this.choice = choice;
    pool = WorkerPool.start(threads);
    operands = new OperandCheck(pool, precision);
    products = new Products(choice, precision, pool, arena);
    split = new Split(pool, arena);
    columnSums = new ColumnSums(pool, split, arena);
    elementwise = new ElementwiseKernels(split, operands, precision);
    norms = new NormKernels(split, columnSums, operands, precision);
    attentions = new AttentionKernels(choice.gemm(), precision, pool, operands, arena);
    embeddings = new EmbeddingKernels(split, operands);
    loss = new LossKernels(split, operands, precision);
    rotary = new CpuRotaryKernels(this, pool, split, norms, embeddings, operands);
  }

  /** Opens a device of {@code threads} threads and f32, as {@link #open(int, Precision)}. */
  public static CpuDevice open(int threads) {
    return open(threads, Precision.F32);
  }

  /**
   * Opens a device of {@code threads} threads, the caller's among them. Matrix products run on
   * oneDNN where it loads, large ones of f32 on AMX where it is; elsewhere on OpenBLAS (f32) or a
   * Vector API loop, and one log line says why. The system property {@code sampo.device.gemm} asks
   * for one of them: {@code amx}, {@code onednn}, {@code openblas} or {@code vector}.
   *
   * @throws IllegalArgumentException if threads is not in [1, {@value #MAX_THREADS}], or if what
   *     the property asks for is not to be had
   */
  public static CpuDevice open(int threads, Precision precision) {
    return open(threads, precision, GemmChoice.make(precision));
  }

  /** As {@link #open(int, Precision)}, with that choice of products. */
  static CpuDevice open(int threads, Precision precision, GemmChoice choice) {
    checkThreads(threads);
    LOG.log(
        choice.fallback() ? Level.WARNING : Level.DEBUG,
        "matrix products: precision={0}, by={1}{2}",
        precision.word(),
        choice.reason(),
        choice.fallback() ? "; hint: see docs/LOG.md for the speeds" : "");
    return new CpuDevice(threads, precision, choice);
  }

  /** Opens a device that uses no native library: slower, and the same bits on every machine. */
  public static CpuDevice openPortable(int threads) {
    return openPortable(threads, Precision.F32);
  }

  /** As {@link #openPortable(int)}, of that precision. */
  public static CpuDevice openPortable(int threads, Precision precision) {
    checkThreads(threads);
    return new CpuDevice(threads, precision, GemmChoice.portable());
  }

  private static void checkThreads(int threads) {
    if (threads < 1 || threads > MAX_THREADS) {
      throw new IllegalArgumentException(
          "a CPU device has 1 to %d threads: threads=%d".formatted(MAX_THREADS, threads));
    }
  }

  @Override
  public String name() {
    return "cpu-" + precision.word() + "-" + choice.name();
  }

  @Override
  public int threads() {
    return pool.threads();
  }

  @Override
  public Precision precision() {
    return precision;
  }

  @Override
  public DeviceFacts facts() {
    OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    return new DeviceFacts(
        name(),
        "cpu",
        GemmChoice.model(GemmChoice.processor()),
        threads(),
        system.getTotalMemorySize(),
        choice.reason());
  }

  @Override
  public long usedBytes() {
    long bytes = allocatedBytes + products.usedBytes() + split.usedBytes();
    bytes += columnSums.usedBytes() + attentions.usedBytes();
    return bytes + choice.gemm().usedBytes();
  }

  @Override
  public RotaryKernels rotary() {
    return rotary;
  }

  @Override
  public MemorySegment allocate(long elements) {
    return allocate(elements, Precision.F32);
  }

  @Override
  public MemorySegment allocateActivations(long elements) {
    return allocate(elements, precision);
  }

  private MemorySegment allocate(long elements, Precision of) {
    long bytes = Math.multiplyExact(elements, (long) of.bytes());
    allocatedBytes += bytes;
    return LargePages.allocate(arena, bytes);
  }

  @Override
  public void round(long elements, MemorySegment x, MemorySegment y) {
    try (var _ = use()) {
      elementwise.round(elements, x, y);
    }
  }

  @Override
  public void matMul(MatMul shape, MemorySegment a, MemorySegment b, MemorySegment c) {
    operands.checkProduct(shape, a, b, c);
    try (var _ = use()) {
      products.multiply(shape, a, b, c);
    }
  }

  @Override
  public void matMulBias(
      MatMul shape, MemorySegment a, MemorySegment b, MemorySegment bias, MemorySegment c) {
    operands.checkProduct(shape, a, b, c);
    operands.check("bias", bias, shape.n());
    try (var _ = use()) {
      products.bias(shape, a, b, bias, c);
    }
  }

  @Override
  public void matMulBiasAdd(
      MatMul shape,
      MemorySegment a,
      MemorySegment b,
      MemorySegment bias,
      MemorySegment addend,
      MemorySegment c) {
    operands.checkStored(shape, MatMul.Result.FULL);
    operands.checkProduct(shape, a, b, c);
    operands.check("bias", bias, shape.n());
    operands.check("addend", addend, (long) shape.m() * shape.n());
    try (var _ = use()) {
      products.biasAdd(shape, a, b, bias, addend, c);
    }
  }

  @Override
  public void matMulBiasGelu(
      MatMul shape,
      MemorySegment a,
      MemorySegment b,
      MemorySegment bias,
      MemorySegment before,
      MemorySegment after) {
    operands.checkStored(shape, MatMul.Result.ROUNDED);
    operands.checkProduct(shape, a, b, before);
    operands.check("bias", bias, shape.n());
    operands.checkActivations("after", after, (long) shape.m() * shape.n());
    try (var _ = use()) {
      products.biasGelu(shape, a, b, bias, before, after);
    }
  }

  @Override
  public void matMulGeluBackward(
      MatMul shape, MemorySegment a, MemorySegment b, MemorySegment before, MemorySegment c) {
    operands.checkStored(shape, MatMul.Result.ROUNDED);
    operands.checkProduct(shape, a, b, c);
    operands.checkActivations("before", before, (long) shape.m() * shape.n());
    try (var _ = use()) {
      products.geluBackward(shape, a, b, before, c);
    }
  }

  @Override
  public void sumRows(Rows shape, Precision of, MemorySegment x, MemorySegment sums) {
    operands.checkBytes("x", x, shape.elements() * of.bytes());
    operands.check("columnSums", sums, shape.width());
    try (var _ = use()) {
      columnSums.sum(shape.rows(), shape.width(), of, x, sums);
    }
  }

  @Override
  public void add(long elements, MemorySegment a, MemorySegment b, MemorySegment sum) {
    try (var _ = use()) {
      elementwise.add(elements, a, b, sum);
    }
  }

  @Override
  public void dropout(long elements, Dropout dropout, MemorySegment x, MemorySegment y) {
    try (var _ = use()) {
      elementwise.dropout(elements, dropout, x, y);
    }
  }

  @Override
  public void layerNorm(
      Rows shape, MemorySegment x, Affine affine, MemorySegment y, MemorySegment statistics) {
    try (var _ = use()) {
      norms.layerNorm(shape, x, affine, y, statistics);
    }
  }

  @Override
  public void layerNormBackward(
      Rows shape,
      Normalised saved,
      MemorySegment gain,
      MemorySegment dy,
      MemorySegment dx,
      Affine gradient) {
    try (var _ = use()) {
      norms.layerNormBackward(shape, saved, gain, dy, dx, gradient);
    }
  }

  @Override
  public void attention(
      AttentionShape shape,
      Dropout dropout,
      MemorySegment qkv,
      MemorySegment statistics,
      MemorySegment out) {
    try (var _ = use()) {
      attentions.forward(shape, dropout, qkv, statistics, out);
    }
  }

  @Override
  public void attentionBackward(
      AttentionShape shape,
      Dropout dropout,
      Attended saved,
      MemorySegment dOut,
      MemorySegment dQkv) {
    try (var _ = use()) {
      attentions.backward(shape, dropout, saved, dOut, dQkv);
    }
  }

  @Override
  public void embed(
      EmbeddingShape shape,
      MemorySegment tokens,
      MemorySegment tokenTable,
      MemorySegment positionTable,
      MemorySegment x) {
    try (var _ = use()) {
      embeddings.embed(shape, tokens, tokenTable, positionTable, x);
    }
  }

  @Override
  public void embedBackward(
      EmbeddingShape shape,
      MemorySegment tokens,
      MemorySegment dx,
      MemorySegment dTokenTable,
      MemorySegment dPositionTable) {
    try (var _ = use()) {
      embeddings.embedBackward(shape, tokens, dx, dTokenTable, dPositionTable);
    }
  }

  @Override
  public void crossEntropy(
      Rows shape,
      MemorySegment logits,
      MemorySegment targets,
      MemorySegment losses,
      MemorySegment gradient) {
    try (var _ = use()) {
      loss.crossEntropy(shape, logits, targets, losses, gradient);
    }
  }

  @Override
  public void crossEntropyLoss(
      Rows shape, MemorySegment logits, MemorySegment targets, MemorySegment losses) {
    try (var _ = use()) {
      loss.crossEntropyLoss(shape, logits, targets, losses);
    }
  }

  /** Takes the device for one kernel; closing what is returned gives it back. */
  Use use() {
    if (!inUse.tryLock()) {
      throw new IllegalStateException(
          "one thread at a time uses a device: device="
              + name()
              + ", thread="
              + Thread.currentThread().getName());
    }
    if (closed) {
      inUse.unlock();
      throw new IllegalStateException("the device is closed: device=" + name());
    }
    return oneUse;
  }

  /** A kernel's use of the device: the same object for all, since a step has hundreds. */
  final class Use implements AutoCloseable {
    @Override
    public void close() {
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
      products.close();
      choice.gemm().close();
      arena.close();
    } finally {
      inUse.unlock();
    }
  }
}
