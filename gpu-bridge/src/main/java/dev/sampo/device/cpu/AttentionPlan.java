package dev.sampo.device.cpu;

import dev.sampo.device.AttentionShape;
import dev.sampo.device.Operand;
import dev.sampo.device.Precision;
import dev.sampo.device.cpu.Tile.Onto;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * How attention is cut: queries and keys in tiles of {@value #TILE}, of which only those on and
 * below the diagonal are ever computed (Dao et al., FlashAttention, NeurIPS 2022). Holds each
 * worker's prepared products and work space, which is linear in the context.
 *
 * <p>At tiles of 128 oneDNN runs at 0.93 of its best rate; at 64 it saves an eighth of the work and
 * loses as much.
 */
final class AttentionPlan {
  static final int TILE = 128;

  private final AttentionShape shape;
  private final Precision precision;
  private final int tile;
  private final int tiles;
  private final Worker[] workers;
  private final @Nullable Set[][] sets;

  /** The products of one pair of tiles. S, P and their gradients have rows of a tile's length. */
  record Set(
      Gemm.Product scores,
      Gemm.Product mix,
      Gemm.Product mixMore,
      Gemm.Product weightGradient,
      Gemm.Product value,
      Gemm.Product valueMore,
      Gemm.Product query,
      Gemm.Product queryMore,
      Gemm.Product key,
      Gemm.Product keyMore) {}

  /**
   * One worker's room. On a device of f32 the rounded tiles are the full ones, and the sums land in
   * the result.
   *
   * @param scores f32 (tile, tile)
   * @param weights the same, rounded
   * @param scoreGradients f32 (tile, tile)
   * @param gradients the same, rounded
   * @param rows f32 (tile, 4): largest score, sum of exponentials, and what backward keeps of a row
   * @param line f32 (2, headWidth)
   * @param sums f32 (tile, headWidth): output, or gradient of the queries
   * @param keySums f32 (context, headWidth)
   * @param valueSums f32 (context, headWidth)
   */
  record Worker(
      MemorySegment scores,
      MemorySegment weights,
      MemorySegment scoreGradients,
      MemorySegment gradients,
      MemorySegment rows,
      MemorySegment line,
      MemorySegment sums,
      MemorySegment keySums,
      MemorySegment valueSums) {}

  private AttentionPlan(AttentionShape shape, Precision precision, int threads) {
    this.shape = shape;
    this.precision = precision;
    tile = Math.min(TILE, shape.context());
    tiles = (shape.context() + tile - 1) / tile;
    workers = new Worker[threads];
    sets = new Set[threads][3];
  }

  static AttentionPlan prepare(
      AttentionShape shape, Precision precision, Gemm gemm, int threads, Arena arena) {
    AttentionPlan plan = new AttentionPlan(shape, precision, threads);
    for (int worker = 0; worker < threads; worker++) {
      plan.workers[worker] = plan.worker(arena);
      for (int i = 0; i < plan.tiles; i++) {
        for (int j = 0; j <= i; j++) {
          int kind = plan.kind(i, j);
          if (plan.sets[worker][kind] == null) {
            plan.sets[worker][kind] = plan.set(gemm, worker, plan.length(i), plan.length(j));
          }
        }
      }
    }
    return plan;
  }

  private Worker worker(Arena arena) {
    int square = tile * tile;
    int head = shape.headWidth();
    MemorySegment scores = floats(arena, square);
    MemorySegment gradients = floats(arena, square);
    MemorySegment rows = floats(arena, 4 * tile);
    MemorySegment line = floats(arena, 2 * head);
    if (precision == Precision.F32) {
      MemorySegment none = MemorySegment.NULL;
      return new Worker(scores, scores, gradients, gradients, rows, line, none, none, none);
    }
    return new Worker(
        scores,
        arena.allocate((long) square * precision.bytes(), 64),
        gradients,
        arena.allocate((long) square * precision.bytes(), 64),
        rows,
        line,
        floats(arena, tile * head),
        floats(arena, shape.context() * head),
        floats(arena, shape.context() * head));
  }

  private static MemorySegment floats(Arena arena, int elements) {
    return arena.allocate((long) elements * Float.BYTES, 64);
  }

  private Set set(Gemm gemm, int worker, int q, int k) {
    int head = shape.headWidth();
    int in = shape.inputWidth();
    int out = shape.width();
    int sumsOut = sumStride(out);
    int sumsIn = sumStride(in);
    Operand plain = Operand.PLAIN;
    Operand turned = Operand.TRANSPOSED;
    return new Set(
        gemm.prepare(tile(q, k, head, plain, turned, in, in, tile, Onto.OVERWRITE), worker),
        gemm.prepare(tile(q, head, k, plain, plain, tile, in, sumsOut, Onto.OVERWRITE), worker),
        gemm.prepare(tile(q, head, k, plain, plain, tile, in, sumsOut, Onto.ADD), worker),
        gemm.prepare(tile(q, k, head, plain, turned, out, in, tile, Onto.OVERWRITE), worker),
        gemm.prepare(tile(k, head, q, turned, plain, tile, out, sumsIn, Onto.OVERWRITE), worker),
        gemm.prepare(tile(k, head, q, turned, plain, tile, out, sumsIn, Onto.ADD), worker),
        gemm.prepare(tile(q, head, k, plain, plain, tile, in, sumsIn, Onto.OVERWRITE), worker),
        gemm.prepare(tile(q, head, k, plain, plain, tile, in, sumsIn, Onto.ADD), worker),
        gemm.prepare(tile(k, head, q, turned, plain, tile, in, sumsIn, Onto.OVERWRITE), worker),
        gemm.prepare(tile(k, head, q, turned, plain, tile, in, sumsIn, Onto.ADD), worker));
  }

  private Tile tile(
      int m, int n, int k, Operand a, Operand b, int strideA, int strideB, int strideC, Onto onto) {
    return new Tile(m, n, k, a, b, strideA, strideB, strideC, precision, Precision.F32, onto);
  }

  /** Elements between rows of sums that end in a result of that stride. */
  int sumStride(int stride) {
    return precision == Precision.F32 ? stride : shape.headWidth();
  }

  private int kind(int i, int j) {
    return (i == tiles - 1 ? 1 : 0) + (j == tiles - 1 ? 1 : 0);
  }

  AttentionShape shape() {
    return shape;
  }

  Precision precision() {
    return precision;
  }

  int tile() {
    return tile;
  }

  int tiles() {
    return tiles;
  }

  /** Rows of a tile: the last may be shorter. */
  int length(int i) {
    return Math.min(tile, shape.context() - i * tile);
  }

  Worker worker(int worker) {
    return workers[worker];
  }

  Set products(int worker, int i, int j) {
    Set set = sets[worker][kind(i, j)];
    if (set == null) {
      throw new IllegalStateException("tiles were not prepared: i=" + i + ", j=" + j);
    }
    return set;
  }

  long usedBytes() {
    long bytes = 0;
    for (Worker w : workers) {
      bytes += w.scores().byteSize() + w.scoreGradients().byteSize();
      bytes += w.rows().byteSize() + w.line().byteSize();
      if (precision != Precision.F32) {
        bytes += w.weights().byteSize() + w.gradients().byteSize() + w.sums().byteSize();
        bytes += w.keySums().byteSize() + w.valueSums().byteSize();
      }
    }
    return bytes;
  }
}
