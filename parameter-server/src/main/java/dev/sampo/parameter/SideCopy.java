package dev.sampo.parameter;

import dev.sampo.device.Precision;
import dev.sampo.protocol.CommitRecord;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A whole side, or one block of it, as it was, in off-heap memory of its own: what is sent to
 * another replica, or written as a snapshot, while training goes on. Any thread may read it;
 * whoever holds it closes it, and must not touch its segment afterwards, since the memory is used
 * again.
 */
public final class SideCopy implements AutoCloseable {
  private final CommitRecord record;
  private final Precision precision;
  private final SpareMemory memory;
  private final long bytes;
  private final SpareMemory.Piece piece;
  private final AtomicBoolean closed = new AtomicBoolean();

  SideCopy(CommitRecord record, Precision precision, SpareMemory memory, long bytes) {
    this.bytes = bytes;
    this.record = record;
    this.precision = precision;
    this.memory = memory;
    this.piece = memory.take();
  }

  /** What makes it a version: the receiver adopts it under this. */
  public CommitRecord record() {
    return record;
  }

  /** As which the record's digest sees the parameters. */
  public Precision precision() {
    return precision;
  }

  /** Flat: parameters (n), then each kind of optimizer state (n): AdamW's m and v. */
  public MemorySegment segment() {
    if (closed.get()) {
      throw new IllegalStateException("a copy is read until it is closed: record=" + record);
    }
    return piece.segment().asSlice(0, bytes);
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      memory.giveBack(piece);
    }
  }
}
