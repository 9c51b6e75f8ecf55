package dev.sampo.actors.job;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Buffers in which a shard's parameters stay as they are while they are sent and training goes on.
 * Taken on the replica's thread, given back by the data plane's; their number is bounded by the
 * plane's queues.
 */
final class Snapshots implements AutoCloseable {
  /** One copy, held by the replica and by every send that reads it. */
  final class Snapshot {
    private final MemorySegment segment;
    private final AtomicInteger holders = new AtomicInteger();

    private Snapshot(MemorySegment segment) {
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
        throw new IllegalStateException("a snapshot is released once by each holder: left=" + left);
      }
      if (left == 0) {
        free.add(this);
      }
    }
  }

  private final Arena arena = Arena.ofShared();
  private final Queue<Snapshot> free = new ConcurrentLinkedQueue<>();
  private final long bytes;

  Snapshots(long bytes) {
    this.bytes = bytes;
  }

  /** A buffer that the caller holds. */
  Snapshot take() {
    Snapshot snapshot = free.poll();
    if (snapshot == null) {
      snapshot = new Snapshot(arena.allocate(bytes, Long.BYTES * 8L));
    }
    snapshot.hold();
    return snapshot;
  }

  @Override
  public void close() {
    arena.close();
  }
}
