package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.device.Attended;
import dev.sampo.device.AttentionShape;
import dev.sampo.device.Dropout;
import dev.sampo.device.Precision;
import dev.sampo.device.cpu.AttentionPlan.Worker;
import java.lang.foreign.MemorySegment;

/**
 * Causal self-attention tile by tile, with the softmax made online (Milakov and Gimelshein, 2018):
 * a row's largest score m and its sum l of e^(s - m) are kept up to date, and the row of the output
 * is scaled down whenever m grows. Backward makes the weights anew from m and 1/l.
 *
 * <p>With P the weights and dO the gradient at the output: dV = Pᵀ dO, dP = dO Vᵀ, dS = P (dP -
 * rowsum(dO O)) / sqrt(headWidth), dQ = dS K, dK = dSᵀ Q. Dropout replaces P by its masked form
 * where it meets V and dO.
 *
 * <p>Called by one thread at a time; what that asked for lies in fields until it is done.
 */
final class Attention {
  private static final int LARGEST = 0;
  private static final int TOTAL = 1;
  private static final int MEAN = 2;
  private static final int ROW = 4;

  private final AttentionPlan plan;
  private final AttentionShape shape;
  private final Precision precision;
  private final float scale;
  private final int head;
  private final int in;
  private final int out;
  private final int tile;
  private final WorkerPool.Parts forwardParts = this::forward;
  private final WorkerPool.Parts backwardParts = this::backward;

  private Dropout dropout = Dropout.NONE;
  private MemorySegment qkv = MemorySegment.NULL;
  private MemorySegment statistics = MemorySegment.NULL;
  private MemorySegment result = MemorySegment.NULL;
  private MemorySegment dOut = MemorySegment.NULL;
  private MemorySegment dQkv = MemorySegment.NULL;

  Attention(AttentionPlan plan) {
    this.plan = plan;
    shape = plan.shape();
    precision = plan.precision();
    head = shape.headWidth();
    scale = 1f / (float) Math.sqrt(head);
    in = shape.inputWidth();
    out = shape.width();
    tile = plan.tile();
  }

  long usedBytes() {
    return plan.usedBytes();
  }

  /** A tile of queries of one head of one sequence is one part. */
  void forward(
      WorkerPool pool,
      Dropout dropout,
      MemorySegment qkv,
      MemorySegment statistics,
      MemorySegment result) {
    this.dropout = dropout;
    this.qkv = qkv;
    this.statistics = statistics;
    this.result = result;
    pool.run(shape.batch() * shape.heads() * plan.tiles(), forwardParts);
  }

  /** A key head of one sequence, with all query heads that share it, is one part. */
  void backward(
      WorkerPool pool, Dropout dropout, Attended saved, MemorySegment dOut, MemorySegment dQkv) {
    this.dropout = dropout;
    qkv = saved.qkv();
    statistics = saved.statistics();
    result = saved.out();
    this.dOut = dOut;
    this.dQkv = dQkv;
    pool.run(shape.batch() * shape.keyValueHeads(), backwardParts);
  }

  /** Place of the first query of a head in the input. */
  private long query(int sequence, int queryHead) {
    return (long) sequence * shape.context() * in + (long) queryHead * head;
  }

  private long key(int sequence, int keyHead) {
    return (long) sequence * shape.context() * in + ((long) shape.heads() + keyHead) * head;
  }

  private long value(int sequence, int keyHead) {
    return key(sequence, keyHead) + (long) shape.keyValueHeads() * head;
  }

  private long output(int sequence, int queryHead) {
    return (long) sequence * shape.context() * out + (long) queryHead * head;
  }

  /** Number of a row of scores among all. */
  private long scoreRow(int sequence, int queryHead, int i) {
    return ((long) sequence * shape.heads() + queryHead) * shape.context() + (long) i * tile;
  }

  private int group() {
    return shape.heads() / shape.keyValueHeads();
  }

  private void forward(int part, int worker) {
    int i = part % plan.tiles();
    int queryHead = part / plan.tiles() % shape.heads();
    int sequence = part / plan.tiles() / shape.heads();
    Worker my = plan.worker(worker);
    int rows = plan.length(i);
    long query = query(sequence, queryHead) + (long) i * tile * in;
    long key = key(sequence, queryHead / group());
    long value = value(sequence, queryHead / group());
    long target = output(sequence, queryHead) + (long) i * tile * out;
    long scoreRow = scoreRow(sequence, queryHead, i);
    boolean full = precision == Precision.F32;
    MemorySegment sums = full ? result : my.sums();
    long atSums = full ? target : 0;
    int stride = plan.sumStride(out);
    for (int j = 0; j <= i; j++) {
      AttentionPlan.Set products = plan.products(worker, i, j);
      long there = (long) j * tile * in;
      products.scores().multiply(qkv, query, qkv, key + there, my.scores(), 0);
      int columns = plan.length(j);
      for (int r = 0; r < rows; r++) {
        int seen = j == i ? r + 1 : columns;
        float shrink = weigh(my, r, seen, columns, j == 0);
        finishWeights(my, scoreRow + r, r, j * tile, columns);
        if (j > 0 && shrink != 1f) {
          Elementwise.scale(sums, atSums + (long) r * stride, head, shrink);
        }
      }
      Gemm.Product mix = j == 0 ? products.mix() : products.mixMore();
      mix.multiply(my.weights(), 0, qkv, value + there, sums, atSums);
    }
    for (int r = 0; r < rows; r++) {
      float reciprocal = 1f / row(my, r, TOTAL);
      statistics.setAtIndex(JAVA_FLOAT, 2 * (scoreRow + r), row(my, r, LARGEST));
      statistics.setAtIndex(JAVA_FLOAT, 2 * (scoreRow + r) + 1, reciprocal);
      long at = atSums + (long) r * stride;
      Elementwise.scale(sums, at, head, reciprocal);
      if (!full) {
        Bfloat16.round(sums, at, result, target + (long) r * out, head);
      }
    }
  }

  /**
   * Turns a row of scores into e^((s - m) scale), zero from {@code seen} on, and keeps m and l.
   *
   * @return the factor that brings what was summed before down to the new m
   */
  private float weigh(Worker my, int r, int seen, int columns, boolean first) {
    long at = (long) r * tile;
    float before = first ? Float.NEGATIVE_INFINITY : row(my, r, LARGEST);
    float largest = Math.max(before, Reductions.max(my.scores(), at, seen));
    int worked = Softmax.exponentials(my.scores(), at, seen, columns, largest, scale);
    float sum = Reductions.sum(my.scores(), at, worked);
    float shrink = first ? 1f : Exponential.exp((before - largest) * scale);
    set(my, r, LARGEST, largest);
    set(my, r, TOTAL, first ? sum : Math.fma(row(my, r, TOTAL), shrink, sum));
    return shrink;
  }

  /** Drops and rounds a row of weights, into the tile that the products read. */
  private void finishWeights(Worker my, long scoreRow, int r, int column, int columns) {
    long at = (long) r * tile;
    if (!dropout.isNone()) {
      int rowKey = DropoutMask.rowKey(dropout, scoreRow);
      DropoutMask.apply(dropout, rowKey, column, my.scores(), at, my.scores(), at, columns);
    }
    if (precision != Precision.F32) {
      Bfloat16.round(my.scores(), at, my.weights(), at, columns);
    }
  }

  private void backward(int part, int worker) {
    int keyHead = part % shape.keyValueHeads();
    int sequence = part / shape.keyValueHeads();
    Worker my = plan.worker(worker);
    for (int member = 0; member < group(); member++) {
      long target = output(sequence, keyHead * group() + member);
      for (int i = 0; i < plan.tiles(); i++) {
        means(my, target + (long) i * tile * out, plan.length(i));
        backwardTile(part, worker, member, i);
      }
    }
    if (precision != Precision.F32) {
      for (int t = 0; t < shape.context(); t++) {
        long from = (long) t * head;
        long there = (long) t * in;
        Bfloat16.round(my.keySums(), from, dQkv, key(sequence, keyHead) + there, head);
        Bfloat16.round(my.valueSums(), from, dQkv, value(sequence, keyHead) + there, head);
      }
    }
  }

  /** Of each row of a tile the sum of dO O. */
  private void means(Worker my, long target, int rows) {
    for (int r = 0; r < rows; r++) {
      long at = target + (long) r * out;
      if (precision == Precision.F32) {
        set(my, r, MEAN, Reductions.dot(dOut, at, result, at, head));
      } else {
        Bfloat16.widen(dOut, at, my.line(), 0, head);
        Bfloat16.widen(result, at, my.line(), head, head);
        set(my, r, MEAN, Reductions.dot(my.line(), 0, my.line(), head, head));
      }
    }
  }

  /**
   * A tile of queries.
   *
   * @param member number of the query head among those that share the part's key head
   */
  private void backwardTile(int part, int worker, int member, int i) {
    int keyHead = part % shape.keyValueHeads();
    int sequence = part / shape.keyValueHeads();
    int queryHead = keyHead * group() + member;
    Worker my = plan.worker(worker);
    int rows = plan.length(i);
    long query = query(sequence, queryHead) + (long) i * tile * in;
    long key = key(sequence, keyHead);
    long value = value(sequence, keyHead);
    long target = output(sequence, queryHead) + (long) i * tile * out;
    long scoreRow = scoreRow(sequence, queryHead, i);
    boolean full = precision == Precision.F32;
    MemorySegment sums = full ? dQkv : my.sums();
    long atSums = full ? query : 0;
    for (int j = 0; j <= i; j++) {
      AttentionPlan.Set products = plan.products(worker, i, j);
      long there = (long) j * tile * in;
      long atKeySums = full ? key + there : (long) j * tile * head;
      long atValueSums = full ? value + there : (long) j * tile * head;
      int columns = plan.length(j);
      products.scores().multiply(qkv, query, qkv, key + there, my.scores(), 0);
      products.weightGradient().multiply(dOut, target, qkv, value + there, my.scoreGradients(), 0);
      for (int r = 0; r < rows; r++) {
        backwardRow(my, scoreRow + r, r, j == i ? r + 1 : columns, j);
      }
      boolean first = member == 0 && j == i;
      (first ? products.value() : products.valueMore())
          .multiply(my.weights(), 0, dOut, target, full ? dQkv : my.valueSums(), atValueSums);
      (first ? products.key() : products.keyMore())
          .multiply(my.gradients(), 0, qkv, query, full ? dQkv : my.keySums(), atKeySums);
      (j == 0 ? products.query() : products.queryMore())
          .multiply(my.gradients(), 0, qkv, key + there, sums, atSums);
    }
    if (!full) {
      for (int r = 0; r < rows; r++) {
        Bfloat16.round(sums, (long) r * head, dQkv, query + (long) r * in, head);
      }
    }
  }

  /** Of a row of scores its weights, and of the weights' gradients those of the scores. */
  private void backwardRow(Worker my, long scoreRow, int r, int seen, int j) {
    long at = (long) r * tile;
    int columns = plan.length(j);
    float largest = statistics.getAtIndex(JAVA_FLOAT, 2 * scoreRow);
    float reciprocal = statistics.getAtIndex(JAVA_FLOAT, 2 * scoreRow + 1);
    Softmax.exponentials(my.scores(), at, seen, columns, largest, scale);
    Elementwise.scale(my.scores(), at, columns, reciprocal);
    if (!dropout.isNone()) {
      int rowKey = DropoutMask.rowKey(dropout, scoreRow);
      MemorySegment gradients = my.scoreGradients();
      DropoutMask.apply(dropout, rowKey, j * tile, gradients, at, gradients, at, columns);
    }
    Softmax.backward(my.scores(), at, my.scoreGradients(), at, columns, row(my, r, MEAN), scale);
    finishWeights(my, scoreRow, r, j * tile, columns);
    if (precision != Precision.F32) {
      Bfloat16.round(my.scoreGradients(), at, my.gradients(), at, columns);
    }
  }

  private static float row(Worker my, int r, int what) {
    return my.rows().getAtIndex(JAVA_FLOAT, (long) r * ROW + what);
  }

  private static void set(Worker my, int r, int what, float value) {
    my.rows().setAtIndex(JAVA_FLOAT, (long) r * ROW + what, value);
  }
}
