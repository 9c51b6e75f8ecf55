package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.device.GroupedShape;
import dev.sampo.device.Operand;
import dev.sampo.device.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/**
 * Causal self-attention in strips: so many rows of queries at a time against all keys that any of
 * them sees, rounded up to a few lengths so that a few products serve all strips. What a thread
 * needs beside the operands is a strip, not a square; the backward pass computes the weights again.
 *
 * <p>Forward, a part is one head of one sequence; backward, one key head of one sequence with all
 * heads that share it, in order, so that no two threads add to one gradient.
 */
final class GroupedAttentionPlan {
  private static final int STRIP_ROWS = 64;

  /** Lengths of keys that strips are rounded up to; as many products are made. */
  private static final int LENGTHS = 8;

  private final GroupedShape shape;
  private final float scale;
  private final Worker[] workers;
  private final int lengthStep;

  /** The products of a strip of so many rows over so many keys. */
  private record Strip(
      Gemm.Product scores,
      Gemm.Product mix,
      Gemm.Product weightGradient,
      Gemm.Product valueGradient,
      Gemm.Product queryGradient,
      Gemm.Product keyGradient) {}

  private record Size(int rows, int keys) {}

  /** One thread's products and room: two strips (rows, keys) and a gradient (keys, headWidth). */
  private record Worker(
      Map<Size, Strip> strips, MemorySegment weights, MemorySegment d, MemorySegment sum) {}

  private GroupedAttentionPlan(GroupedShape shape, Worker[] workers, int lengthStep) {
    this.shape = shape;
    this.workers = workers;
    this.lengthStep = lengthStep;
    this.scale = 1f / (float) Math.sqrt(shape.headWidth());
  }

  static GroupedAttentionPlan prepare(GroupedShape shape, Gemm gemm, int threads, Arena arena) {
    int t = shape.context();
    int wanted = (t + LENGTHS - 1) / LENGTHS;
    int step = (wanted + STRIP_ROWS - 1) / STRIP_ROWS * STRIP_ROWS;
    Worker[] workers = new Worker[threads];
    for (int w = 0; w < threads; w++) {
      long strip = (long) Math.min(STRIP_ROWS, t) * t * Float.BYTES;
      workers[w] =
          new Worker(
              new HashMap<>(),
              arena.allocate(strip, 64),
              arena.allocate(strip, 64),
              arena.allocate((long) t * shape.headWidth() * Float.BYTES, 64));
    }
    GroupedAttentionPlan plan = new GroupedAttentionPlan(shape, workers, step);
    for (int w = 0; w < threads; w++) {
      int worker = w;
      for (int row = 0; row < t; row += STRIP_ROWS) {
        workers[w]
            .strips()
            .computeIfAbsent(plan.size(row), size -> strip(shape, gemm, worker, size));
      }
    }
    return plan;
  }

  private Size size(int row) {
    int rows = Math.min(STRIP_ROWS, shape.context() - row);
    int keys = (row + rows + lengthStep - 1) / lengthStep * lengthStep;
    return new Size(rows, Math.min(keys, shape.context()));
  }

  private static Strip strip(GroupedShape shape, Gemm gemm, int worker, Size size) {
    int r = size.rows();
    int k = size.keys();
    int h = shape.headWidth();
    int in = shape.packed();
    int out = shape.width();
    Operand plain = Operand.PLAIN;
    Operand transposed = Operand.TRANSPOSED;
    return new Strip(
        gemm.prepare(full(r, k, h, plain, transposed, in, in, k), worker),
        gemm.prepare(full(r, h, k, plain, plain, k, in, out), worker),
        gemm.prepare(full(r, k, h, plain, transposed, out, in, k), worker),
        gemm.prepare(full(k, h, r, transposed, plain, k, out, h), worker),
        gemm.prepare(full(r, h, k, plain, plain, k, in, in), worker),
        gemm.prepare(full(k, h, r, transposed, plain, k, in, h), worker));
  }

  private static Tile full(
      int m, int n, int k, Operand a, Operand b, int strideA, int strideB, int strideC) {
    return new Tile(
        m,
        n,
        k,
        a,
        b,
        strideA,
        strideB,
        strideC,
        Precision.F32,
        Precision.F32,
        Tile.Onto.OVERWRITE);
  }

  int forwardParts() {
    return shape.batch() * shape.heads();
  }

  int backwardParts() {
    return shape.batch() * shape.keyHeads();
  }

  /** Where one head's operands begin, in elements. */
  private record Places(long query, long key, long value, long out) {}

  private Places places(int sequence, int head) {
    long row = (long) sequence * shape.context();
    int h = shape.headWidth();
    long keyHead = head / shape.group();
    return new Places(
        row * shape.packed() + (long) head * h,
        row * shape.packed() + (shape.heads() + keyHead) * h,
        row * shape.packed() + (shape.heads() + shape.keyHeads() + keyHead) * h,
        row * shape.width() + (long) head * h);
  }

  void forward(int part, int worker, MemorySegment qkv, MemorySegment out) {
    Worker my = workers[worker];
    Places at = places(part / shape.heads(), part % shape.heads());
    for (int row = 0; row < shape.context(); row += STRIP_ROWS) {
      Size size = size(row);
      Strip strip = weights(my, size, qkv, at, row);
      long outRow = at.out() + (long) row * shape.width();
      strip.mix().multiply(my.weights(), 0, qkv, at.value(), out, outRow);
    }
  }

  private Strip weights(Worker my, Size size, MemorySegment qkv, Places at, int row) {
    Strip strip = my.strips().get(size);
    if (strip == null) {
      throw new IllegalStateException("a strip was not prepared: " + size + ", " + shape);
    }
    long query = at.query() + (long) row * shape.packed();
    strip.scores().multiply(qkv, query, qkv, at.key(), my.weights(), 0);
    for (int i = 0; i < size.rows(); i++) {
      int seen = row + i + 1;
      Softmax.causal(my.weights(), (long) i * size.keys(), seen, size.keys(), scale);
    }
    return strip;
  }

  void backward(int part, int worker, MemorySegment qkv, MemorySegment dOut, MemorySegment dQkv) {
    int sequence = part / shape.keyHeads();
    int first = part % shape.keyHeads() * shape.group();
    Places of = places(sequence, first);
    clear(dQkv, of.key());
    clear(dQkv, of.value());
    for (int head = first; head < first + shape.group(); head++) {
      backward(workers[worker], places(sequence, head), qkv, dOut, dQkv);
    }
  }

  private void backward(
      Worker my, Places at, MemorySegment qkv, MemorySegment dOut, MemorySegment dQkv) {
    for (int row = 0; row < shape.context(); row += STRIP_ROWS) {
      Size size = size(row);
      Strip strip = weights(my, size, qkv, at, row);
      long outRow = at.out() + (long) row * shape.width();
      long query = at.query() + (long) row * shape.packed();
      strip.weightGradient().multiply(dOut, outRow, qkv, at.value(), my.d(), 0);
      strip.valueGradient().multiply(my.weights(), 0, dOut, outRow, my.sum(), 0);
      add(my.sum(), size.keys(), dQkv, at.value());
      for (int i = 0; i < size.rows(); i++) {
        long from = (long) i * size.keys();
        float mean = Reductions.dot(my.weights(), from, my.d(), from, size.keys());
        Softmax.backward(my.weights(), from, my.d(), from, size.keys(), mean, scale);
      }
      strip.queryGradient().multiply(my.d(), 0, qkv, at.key(), dQkv, query);
      strip.keyGradient().multiply(my.d(), 0, qkv, query, my.sum(), 0);
      add(my.sum(), size.keys(), dQkv, at.key());
    }
  }

  private void add(MemorySegment sum, int keys, MemorySegment dQkv, long at) {
    int h = shape.headWidth();
    for (int key = 0; key < keys; key++) {
      Elementwise.addInto(dQkv, at + (long) key * shape.packed(), sum, (long) key * h, h);
    }
  }

  private void clear(MemorySegment dQkv, long at) {
    for (int row = 0; row < shape.context(); row++) {
      for (int j = 0; j < shape.headWidth(); j++) {
        dQkv.setAtIndex(JAVA_FLOAT, at + (long) row * shape.packed() + j, 0f);
      }
    }
  }
}
