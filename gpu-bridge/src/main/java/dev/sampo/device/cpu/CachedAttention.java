package dev.sampo.device.cpu;

import dev.sampo.device.CachedShape;
import dev.sampo.device.GroupedShape;
import dev.sampo.device.Precision;
import dev.sampo.device.RotaryKernels.KeyValues;
import java.lang.foreign.MemorySegment;

/**
 * Attention of a few rows over a cache; a part is one head of all rows. A head's scores are a
 * product of one row with its keys, and its output one with its values, so the loops are theirs.
 */
final class CachedAttention {
  private final CachedShape shape;
  private final GroupedShape heads;
  private final Precision precision;

  /**
   * An attention.
   *
   * @param precision of queries, keys, values and outputs
   */
  CachedAttention(CachedShape shape, Precision precision) {
    this.shape = shape;
    this.precision = precision;
    heads = shape.heads();
  }

  /** Elements of f32 that a thread needs for itself: weights, a query, an output. */
  int scratchElements() {
    return shape.capacity() + 2 * heads.headWidth();
  }

  /** Puts the rows' keys and values of one key head into the cache. */
  void store(MemorySegment qkv, KeyValues cache, int keyHead) {
    long bytes = (long) heads.headWidth() * precision.bytes();
    for (int row = 0; row < shape.rows(); row++) {
      long key = (long) row * heads.packed() + (long) (heads.heads() + keyHead) * heads.headWidth();
      long value = key + (long) heads.keyHeads() * heads.headWidth();
      long to = ((long) keyHead * shape.capacity() + shape.start() + row) * bytes;
      MemorySegment.copy(qkv, key * precision.bytes(), cache.keys(), to, bytes);
      MemorySegment.copy(qkv, value * precision.bytes(), cache.values(), to, bytes);
    }
  }

  /**
   * One head of all rows.
   *
   * @param scratch f32 ({@link #scratchElements}): this thread's room
   */
  void attend(
      MemorySegment qkv, KeyValues cache, MemorySegment out, int head, MemorySegment scratch) {
    int h = heads.headWidth();
    long first = (long) (head / heads.group()) * shape.capacity() * h;
    long query = shape.capacity();
    long sum = query + h;
    float scale = 1f / (float) Math.sqrt(h);
    for (int row = 0; row < shape.rows(); row++) {
      int seen = shape.start() + row + 1;
      long from = (long) row * heads.packed() + (long) head * h;
      Bfloat16.load(precision, qkv, from, scratch, query, h);
      RowLoops.Floats scores = new RowLoops.Floats(scratch, 0, seen);
      RowLoops.dots(precision, new RowLoops.Floats(scratch, query, h), cache.keys(), first, scores);
      Softmax.causal(scratch, 0, seen, seen, scale);
      Elementwise.zero(scratch, sum, h);
      RowLoops.Floats mixed = new RowLoops.Floats(scratch, sum, h);
      RowLoops.add(precision, scores, cache.values(), first, mixed);
      Bfloat16.store(precision, scratch, sum, out, (long) row * heads.width() + (long) head * h, h);
    }
  }
}
