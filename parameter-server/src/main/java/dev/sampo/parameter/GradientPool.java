package dev.sampo.parameter;

import dev.sampo.protocol.ShardRange;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Lends one shard's gradient buffers, of which there is a fixed number: none left is the signal
 * that holds senders back.
 *
 * <p>Any thread may acquire and release (the data plane's agent acquires what arrives, the shard's
 * thread gives it back); one short lock guards the list of free buffers, and handing a buffer over
 * between threads is left to the queue that carries it. Memory is taken when a buffer is first
 * wanted, and returned when the pool is closed: a buffer that is still out then throws on access.
 */
public final class GradientPool implements AutoCloseable {
  private final ShardRange range;
  private final int blockParameters;
  private final int limit;
  private final Arena arena = Arena.ofShared();
  private final Object lock = new Object();
  private final ArrayDeque<GradientBuffer> free = new ArrayDeque<>();
  private int made;
  private boolean closed;

  GradientPool(ShardRange range, int blockParameters, int limit) {
    this.range = range;
    this.blockParameters = blockParameters;
    this.limit = limit;
  }

  /** A buffer with undefined content, or null when all are out. */
  public @Nullable GradientBuffer acquire() {
    return acquire(0);
  }

  /**
   * As {@link #acquire()}, but leaves some for what must never be refused.
   *
   * @param keepBack how many must remain afterwards
   */
  public @Nullable GradientBuffer acquire(int keepBack) {
    synchronized (lock) {
      if (closed) {
        throw new IllegalStateException("the pool is closed: shard=" + range.shard());
      }
      if (availableLocked() <= keepBack) {
        return null;
      }
      GradientBuffer buffer = free.poll();
      if (buffer == null) {
        buffer = new GradientBuffer(this, range, blockParameters, arena);
        made++;
      }
      buffer.holders = 1;
      return buffer;
    }
  }

  public int available() {
    synchronized (lock) {
      return availableLocked();
    }
  }

  public ShardRange range() {
    return range;
  }

  /** Whether this pool lent the buffer and has not got it back. */
  boolean lends(GradientBuffer buffer) {
    synchronized (lock) {
      return buffer.isFrom(this) && buffer.holders > 0;
    }
  }

  void hold(GradientBuffer buffer) {
    synchronized (lock) {
      if (buffer.holders < 1) {
        throw new IllegalStateException(
            "a gradient is held while it is lent: shard=" + range.shard());
      }
      buffer.holders++;
    }
  }

  void giveBack(GradientBuffer buffer) {
    synchronized (lock) {
      if (buffer.holders < 1) {
        throw new IllegalStateException(
            "a gradient is released once: shard=" + range.shard() + ", available=" + free.size());
      }
      buffer.holders--;
      if (buffer.holders == 0) {
        free.push(buffer);
      }
    }
  }

  @Override
  public void close() {
    synchronized (lock) {
      if (!closed) {
        closed = true;
        arena.close();
      }
    }
  }

  private int availableLocked() {
    return limit - made + free.size();
  }
}
