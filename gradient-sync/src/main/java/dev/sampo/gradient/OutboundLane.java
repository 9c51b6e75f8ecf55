package dev.sampo.gradient;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One lane of the stream to one peer: what waits in it, and the transfer that is under way. Offered
 * to by any thread; all else belongs to the agent thread.
 */
final class OutboundLane {

  /** A transfer under way, and how far it is. */
  static final class Progress {
    private final TransferQueue.Queued transfer;
    private final long transferId;
    private long sentBytes;

    Progress(TransferQueue.Queued transfer, long transferId) {
      this.transfer = transfer;
      this.transferId = transferId;
    }

    TransferQueue.Queued transfer() {
      return transfer;
    }

    long transferId() {
      return transferId;
    }

    /** Of the tensor, in memory. */
    long sentBytes() {
      return sentBytes;
    }

    /** How much of the tensor the next chunk takes, if its payload may have this many bytes. */
    int nextBytes(int chunkCapacity) {
      TransferHeader header = transfer.header();
      int most = header.codec().decodedCapacity(chunkCapacity);
      return (int) Math.min(most, header.lengthBytes() - sentBytes);
    }

    /** Whether that was the last of it. */
    boolean advance(int decodedBytes) {
      sentBytes += decodedBytes;
      return sentBytes == transfer.header().lengthBytes();
    }
  }

  private final TransferQueue queue;
  private @Nullable Progress current;
  private long transferId;

  OutboundLane(int capacity) {
    this.queue = new TransferQueue(capacity);
  }

  TransferQueue queue() {
    return queue;
  }

  boolean isIdle() {
    return current == null && queue.isEmpty();
  }

  /** What is under way; begins the next one if nothing is. Null if nothing waits either. */
  @Nullable Progress progress() {
    if (current == null) {
      TransferQueue.Queued next = queue.poll();
      if (next != null) {
        current = new Progress(next, ++transferId);
      }
    }
    return current;
  }

  /** What is under way has ended. */
  void ended() {
    current = null;
  }

  /** What is under way begins again, on another stream. */
  void restart() {
    if (current != null) {
      current = new Progress(current.transfer, ++transferId);
    }
  }

  /** What waits and what is under way, when the stream breaks; takes none until reopened. */
  List<TransferQueue.Queued> refuse() {
    return withCurrent(queue.refuse());
  }

  /** The same, for good. */
  List<TransferQueue.Queued> close() {
    return withCurrent(queue.close());
  }

  private List<TransferQueue.Queued> withCurrent(List<TransferQueue.Queued> waiting) {
    List<TransferQueue.Queued> all = new ArrayList<>();
    if (current != null) {
      all.add(current.transfer);
      current = null;
    }
    all.addAll(waiting);
    return all;
  }
}
