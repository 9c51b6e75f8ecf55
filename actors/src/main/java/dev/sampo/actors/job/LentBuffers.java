package dev.sampo.actors.job;

import dev.sampo.device.LargePages;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Buffers of one length that are read while the job goes on: gradients that a worker holds until
 * the step is over, parameters that a replica has copied for sending. A buffer is taken on its
 * owner's thread and free again when its last holder releases it, on whichever thread: the data
 * plane holds it while it sends. Their number is bounded by what is under way.
 */
final class LentBuffers implements AutoCloseable {
  /** One buffer, held by its taker at first. */
  final class LentBuffer {
    private final MemorySegment segment;
    private final AtomicInteger holders = new AtomicInteger();

    private LentBuffer(MemorySegment segment) {
      this.segment = segment;
    }

    MemorySegment segment() {
      return segment;
    }

    void hold() {
      holders.incrementAndGet();
    }

    void release() {
      int left = holders.decrementAndGet();
      if (left < 0) {
        throw new IllegalStateException("a buffer is released once by each holder: left=" + left);
      }
      if (left == 0) {
        free.add(this);
      }
    }
  }

  private final Arena arena = Arena.ofShared();
  private final Queue<LentBuffer> free = new ConcurrentLinkedQueue<>();
  private final long bytes;

  LentBuffers(long bytes) {
    this.bytes = bytes;
  }

  /** A buffer that the caller holds. */
  LentBuffer take() {
    LentBuffer buffer = free.poll();
    if (buffer == null) {
      buffer = new LentBuffer(LargePages.allocate(arena, bytes));
    }
    buffer.hold();
    return buffer;
  }

  @Override
  public void close() {
    arena.close();
  }
}
