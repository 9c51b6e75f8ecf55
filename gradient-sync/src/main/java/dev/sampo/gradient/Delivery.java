package dev.sampo.gradient;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A transfer on its way into the sink's memory, and the only place that calls the sink: whatever
 * the sink does, a delivery that has begun ends exactly once, as completed or abandoned. Belongs to
 * the agent thread.
 */
final class Delivery {
  private static final Logger LOG = System.getLogger(Delivery.class.getName());

  private final TensorSink sink;
  private final PlaneCounters counters;
  private @Nullable TransferHeader header;
  private MemorySegment destination = MemorySegment.NULL;
  private long sender;
  private long writtenBytes;

  Delivery(TensorSink sink, PlaneCounters counters) {
    this.sink = sink;
    this.counters = counters;
  }

  /** Null between deliveries. */
  @Nullable TransferHeader header() {
    return header;
  }

  long sender() {
    return sender;
  }

  long writtenBytes() {
    return writtenBytes;
  }

  /** Where the bytes go; the next ones at {@link #writtenBytes}. */
  MemorySegment destination() {
    return destination;
  }

  /** Asks the sink for memory. Null if it gave some, and the delivery is under way. */
  @Nullable Refusal begin(TransferHeader offered, long from) {
    if (header != null) {
      throw new IllegalStateException("one delivery at a time: transfer=" + header);
    }
    MemorySegment memory;
    try {
      memory = sink.begin(offered, from);
    } catch (RuntimeException e) {
      report("begin", offered, e);
      return Refusal.SINK_FAILED;
    }
    if (memory == null) {
      return Refusal.SINK;
    }
    header = offered;
    destination = memory;
    sender = from;
    writtenBytes = 0;
    if (memory.byteSize() < offered.lengthBytes()
        || memory.isReadOnly()
        || !memory.isAccessibleBy(Thread.currentThread())) {
      return cannotWrite(
          new IllegalArgumentException(
              "the sink's memory holds the transfer and can be written by the agent thread: bytes=%d, readOnly=%b"
                  .formatted(memory.byteSize(), memory.isReadOnly())));
    }
    return null;
  }

  /** Counts bytes written; the last ones complete the delivery. */
  void advance(int length) {
    TransferHeader underWay = underWay();
    writtenBytes += length;
    if (writtenBytes == underWay.lengthBytes()) {
      MemorySegment memory = destination;
      forget();
      counters.transfersCompleted.increment();
      try {
        sink.completed(underWay, sender, memory);
      } catch (RuntimeException e) {
        report("completed", underWay, e);
      }
    }
  }

  /** Ends a delivery whose destination turned out not to be writable. */
  Refusal cannotWrite(RuntimeException cause) {
    report("destination", underWay(), cause);
    abandon();
    return Refusal.SINK_FAILED;
  }

  /** Does nothing between deliveries. */
  void abandon() {
    TransferHeader broken = header;
    if (broken == null) {
      return;
    }
    MemorySegment memory = destination;
    forget();
    counters.transfersAbandoned.increment();
    try {
      sink.abandoned(broken, sender, memory);
    } catch (RuntimeException e) {
      report("abandoned", broken, e);
    }
  }

  private TransferHeader underWay() {
    TransferHeader current = header;
    if (current == null) {
      throw new IllegalStateException("a delivery is under way: writtenBytes=" + writtenBytes);
    }
    return current;
  }

  private void forget() {
    header = null;
    destination = MemorySegment.NULL;
  }

  private void report(String where, TransferHeader transfer, RuntimeException e) {
    counters.errors.increment();
    LOG.log(
        Level.ERROR,
        "the sink takes transfers without throwing: where=" + where + ", transfer=" + transfer,
        e);
  }
}
