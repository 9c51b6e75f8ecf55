package dev.sampo.gradient;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The short cut of a node to itself: one copy from the payload into the sink's memory, in slices,
 * so that a long one does not hold up the network.
 */
final class LocalOutbound implements Outbound {
  private static final int SLICE_BYTES = 1 << 20;

  private final long incarnation;
  private final TransferQueue queue;
  private final PlaneCounters counters;
  private final Delivery delivery;
  private TransferQueue.@Nullable Queued current;

  LocalOutbound(PlaneSettings settings, TensorSink sink, PlaneCounters counters) {
    this.incarnation = settings.incarnation();
    this.queue = new TransferQueue(settings.limits().maxQueuedTransfers());
    this.counters = counters;
    this.delivery = new Delivery(sink, counters);
  }

  @Override
  public Offer offer(TransferQueue.Queued transfer) {
    return queue.offer(transfer);
  }

  @Override
  public int doWork(long nowNs) {
    TransferQueue.Queued transfer = current;
    if (transfer == null) {
      transfer = queue.poll();
      if (transfer == null) {
        return 0;
      }
      Refusal reason = delivery.begin(transfer.header(), incarnation);
      if (reason != null) {
        counters.refuse(reason);
        transfer.end(SendOutcome.SENT, counters);
        return 1;
      }
      current = transfer;
    }
    copySlice(transfer);
    return 1;
  }

  private void copySlice(TransferQueue.Queued transfer) {
    long from = delivery.writtenBytes();
    int length = (int) Math.min(SLICE_BYTES, transfer.header().lengthBytes() - from);
    try {
      MemorySegment.copy(transfer.payload(), from, delivery.destination(), from, length);
    } catch (IllegalStateException e) {
      // One of the two arenas is closed; which one says whose fault it is.
      boolean readable = transfer.payload().scope().isAlive();
      current = null;
      if (readable) {
        counters.refuse(delivery.cannotWrite(e));
      } else {
        delivery.abandon();
      }
      transfer.end(readable ? SendOutcome.SENT : SendOutcome.PAYLOAD_UNREADABLE, counters);
      return;
    }
    counters.bytesLocal.add(length);
    delivery.advance(length);
    if (delivery.header() == null) {
      current = null;
      transfer.end(SendOutcome.SENT, counters);
    }
  }

  @Override
  public void close(SendOutcome outcome) {
    delivery.abandon();
    TransferQueue.Queued underWay = current;
    current = null;
    if (underWay != null) {
      underWay.end(outcome, counters);
    }
    queue.close().forEach(transfer -> transfer.end(outcome, counters));
  }
}
