package dev.sampo.device.cpu;

import dev.sampo.device.AttentionShape;
import dev.sampo.device.Operand;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Causal self-attention, one part for each head of each sequence. Scores are made for the whole
 * square and those of later tokens dropped: at the contexts of small models the saving of a
 * triangular product is less than the price of its smaller calls.
 */
final class AttentionPlan {
  private final AttentionShape shape;
  private final float scale;
  private final Worker[] workers;

  /** The six products of one head, and room for one head's score gradients (context, context). */
  private record Worker(
      Gemm.Product scores,
      Gemm.Product mix,
      Gemm.Product weightGradient,
      Gemm.Product valueGradient,
      Gemm.Product queryGradient,
      Gemm.Product keyGradient,
      MemorySegment scoreGradient) {}

  private AttentionPlan(AttentionShape shape, Worker[] workers) {
    this.shape = shape;
    this.workers = workers;
    this.scale = 1f / (float) Math.sqrt(shape.headWidth());
  }

  static AttentionPlan prepare(AttentionShape shape, Gemm gemm, int threads, Arena arena) {
    int t = shape.context();
    int h = shape.headWidth();
    int one = shape.width();
    int three = 3 * shape.width();
    Operand plain = Operand.PLAIN;
    Operand transposed = Operand.TRANSPOSED;
    Worker[] workers = new Worker[threads];
    for (int w = 0; w < threads; w++) {
      workers[w] =
          new Worker(
              gemm.prepare(new Tile(t, t, h, plain, transposed, three, three, t)),
              gemm.prepare(new Tile(t, h, t, plain, plain, t, three, one)),
              gemm.prepare(new Tile(t, t, h, plain, transposed, one, three, t)),
              gemm.prepare(new Tile(t, h, t, transposed, plain, t, one, three)),
              gemm.prepare(new Tile(t, h, t, plain, plain, t, three, three)),
              gemm.prepare(new Tile(t, h, t, transposed, plain, t, three, three)),
              arena.allocate((long) t * t * Float.BYTES, 64));
    }
    return new AttentionPlan(shape, workers);
  }

  int parts() {
    return shape.batch() * shape.heads();
  }

  /** Element of the first query of a part's head in (batch, context, 3, heads, headWidth). */
  private long query(int part) {
    long sequence = part / shape.heads();
    return sequence * shape.context() * 3 * shape.width()
        + (long) (part % shape.heads()) * shape.headWidth();
  }

  private long output(int part) {
    long sequence = part / shape.heads();
    return sequence * shape.context() * shape.width()
        + (long) (part % shape.heads()) * shape.headWidth();
  }

  private long square(int part) {
    return (long) part * shape.context() * shape.context();
  }

  void forward(int part, int worker, MemorySegment qkv, MemorySegment weights, MemorySegment out) {
    Worker my = workers[worker];
    long query = query(part);
    long key = query + shape.width();
    long value = key + shape.width();
    long square = square(part);
    int t = shape.context();
    my.scores().multiply(qkv, query, qkv, key, weights, square);
    for (int i = 0; i < t; i++) {
      Softmax.causal(weights, square + (long) i * t, i + 1, t, scale);
    }
    my.mix().multiply(weights, square, qkv, value, out, output(part));
  }

  void backward(
      int part,
      int worker,
      MemorySegment qkv,
      MemorySegment weights,
      MemorySegment dOut,
      MemorySegment dQkv) {
    Worker my = workers[worker];
    long query = query(part);
    long key = query + shape.width();
    long value = key + shape.width();
    long square = square(part);
    int t = shape.context();
    MemorySegment d = my.scoreGradient();
    my.weightGradient().multiply(dOut, output(part), qkv, value, d, 0);
    my.valueGradient().multiply(weights, square, dOut, output(part), dQkv, value);
    for (int i = 0; i < t; i++) {
      Softmax.backward(weights, square + (long) i * t, d, (long) i * t, t, scale);
    }
    my.queryGradient().multiply(d, 0, qkv, key, dQkv, query);
    my.keyGradient().multiply(d, 0, qkv, query, dQkv, key);
  }
}
