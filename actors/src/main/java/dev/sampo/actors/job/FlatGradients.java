package dev.sampo.actors.job;

import dev.sampo.parameter.RoundedGradient;
import dev.sampo.protocol.ShardRange;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Buffers for gradients over the whole model, and the sum of the losses behind it. A buffer is
 * taken on the device's thread and free again when its last holder releases it, on whichever
 * thread: the worker holds it until the step is over, the data plane while it sends.
 */
final class FlatGradients implements AutoCloseable {
  /** One gradient, held by its taker at first. */
  final class FlatGradient {
    private final MemorySegment segment;
    private final AtomicInteger holders = new AtomicInteger();

    private FlatGradient(MemorySegment segment) {
      this.segment = segment;
    }

    /** (parameters), then the loss as {@link RoundedGradient} lays it out. */
    MemorySegment segment() {
      return segment;
    }

    /** (parameters). */
    MemorySegment parameters() {
      return segment.asSlice(0, parameters * Float.BYTES);
    }

    void hold() {
      holders.incrementAndGet();
    }

    void release() {
      int left = holders.decrementAndGet();
      if (left < 0) {
        throw new IllegalStateException("a gradient is released once by each holder: left=" + left);
      }
      if (left == 0) {
        free.add(this);
      }
    }
  }

  private final Arena arena = Arena.ofShared();
  private final Queue<FlatGradient> free = new ConcurrentLinkedQueue<>();
  private final long parameters;

  FlatGradients(long parameters) {
    this.parameters = parameters;
  }

  FlatGradient take() {
    FlatGradient gradient = free.poll();
    if (gradient == null) {
      long floats = parameters + ShardRange.LOSS_FLOATS;
      gradient = new FlatGradient(arena.allocate(floats * Float.BYTES, Long.BYTES * 8L));
    }
    gradient.hold();
    return gradient;
  }

  @Override
  public void close() {
    arena.close();
  }
}
