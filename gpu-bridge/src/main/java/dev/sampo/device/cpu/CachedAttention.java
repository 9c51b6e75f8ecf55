package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.device.CachedShape;
import dev.sampo.device.GroupedShape;
import dev.sampo.device.RotaryKernels.KeyValues;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Attention of a few rows over a cache; a part is one head of all rows. */
final class CachedAttention {
  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private CachedAttention() {}

  /** Puts the rows' keys and values of one key head into the cache. */
  static void store(CachedShape shape, MemorySegment qkv, KeyValues cache, int keyHead) {
    GroupedShape heads = shape.heads();
    long bytes = (long) heads.headWidth() * Float.BYTES;
    for (int row = 0; row < shape.rows(); row++) {
      long key = (long) row * heads.packed() + (long) (heads.heads() + keyHead) * heads.headWidth();
      long value = key + (long) heads.keyHeads() * heads.headWidth();
      long to = ((long) keyHead * shape.capacity() + shape.start() + row) * bytes;
      MemorySegment.copy(qkv, key * Float.BYTES, cache.keys(), to, bytes);
      MemorySegment.copy(qkv, value * Float.BYTES, cache.values(), to, bytes);
    }
  }

  /**
   * One head of all rows.
   *
   * @param weights (capacity): this thread's room
   */
  static void attend(
      CachedShape shape,
      MemorySegment qkv,
      KeyValues cache,
      MemorySegment out,
      int head,
      MemorySegment weights) {
    GroupedShape heads = shape.heads();
    int h = heads.headWidth();
    long first = (long) (head / heads.group()) * shape.capacity() * h;
    float scale = 1f / (float) Math.sqrt(h);
    for (int row = 0; row < shape.rows(); row++) {
      int seen = shape.start() + row + 1;
      long query = (long) row * heads.packed() + (long) head * h;
      for (int i = 0; i < seen; i++) {
        float score = Reductions.dot(qkv, query, cache.keys(), first + (long) i * h, h);
        weights.setAtIndex(JAVA_FLOAT, i, score);
      }
      Softmax.causal(weights, 0, seen, seen, scale);
      mix(
          cache.values(),
          first,
          seen,
          weights,
          out,
          (long) row * heads.width() + (long) head * h,
          h);
    }
  }

  private static void mix(
      MemorySegment values,
      long first,
      int seen,
      MemorySegment weights,
      MemorySegment out,
      long at,
      int width) {
    int j = 0;
    for (; j + LANES.length() <= width; j += LANES.length()) {
      FloatVector sum = FloatVector.zero(LANES);
      for (int i = 0; i < seen; i++) {
        FloatVector weight = FloatVector.broadcast(LANES, weights.getAtIndex(JAVA_FLOAT, i));
        long value = (first + (long) i * width + j) << 2;
        sum = FloatVector.fromMemorySegment(LANES, values, value, ORDER).fma(weight, sum);
      }
      sum.intoMemorySegment(out, (at + j) << 2, ORDER);
    }
    for (; j < width; j++) {
      float sum = 0;
      for (int i = 0; i < seen; i++) {
        float value = values.getAtIndex(JAVA_FLOAT, first + (long) i * width + j);
        sum = Math.fma(value, weights.getAtIndex(JAVA_FLOAT, i), sum);
      }
      out.setAtIndex(JAVA_FLOAT, at + j, sum);
    }
  }
}
