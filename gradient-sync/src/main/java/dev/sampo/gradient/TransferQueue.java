package dev.sampo.gradient;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The transfers that wait for one lane to one peer, in {@link TransferOrder}: filled by any thread,
 * emptied by the agent thread, bounded.
 *
 * <p>A plain lock and not a lock-free queue: it is taken once for a transfer, not for a chunk, and
 * it makes closing exact, so that each accepted transfer's {@code done} runs once and none is left
 * behind by a sender that was just about to add it.
 */
final class TransferQueue {
  private static final Logger LOG = System.getLogger(TransferQueue.class.getName());

  /**
   * One accepted transfer.
   *
   * @param queuedNs when it was accepted, for the time-out of a peer that is never reached
   */
  record Queued(
      TransferHeader header, MemorySegment payload, Consumer<SendOutcome> done, long queuedNs) {

    /** Gives the payload back. A callback that throws must not harm the other transfers. */
    void end(SendOutcome outcome, PlaneCounters counters) {
      if (outcome == SendOutcome.SENT) {
        counters.transfersSent.increment();
      }
      try {
        done.accept(outcome);
      } catch (RuntimeException e) {
        counters.errors.increment();
        LOG.log(
            Level.ERROR,
            "the end of a transfer is taken without throwing: outcome="
                + outcome
                + ", transfer="
                + header,
            e);
      }
    }
  }

  private enum State {
    OPEN,
    UNREACHABLE,
    CLOSED
  }

  /** The number keeps equals in the order in which they came. */
  private record Place(Queued transfer, long number) {}

  private static final Comparator<Place> ORDER =
      Comparator.comparing((Place place) -> place.transfer.header(), new TransferOrder())
          .thenComparingLong(Place::number);

  private final int capacity;
  private final Object lock = new Object();
  private final Queue<Place> waiting = new PriorityQueue<>(ORDER);
  private State state = State.OPEN;
  private long accepted;

  /** Lets the agent look without the lock on its idle rounds. */
  private volatile int size;

  TransferQueue(int capacity) {
    this.capacity = capacity;
  }

  Offer offer(Queued transfer) {
    synchronized (lock) {
      if (state != State.OPEN) {
        return Offer.NOT_CONNECTED;
      }
      if (waiting.size() == capacity) {
        return Offer.BACK_PRESSURED;
      }
      waiting.add(new Place(transfer, accepted++));
      size = waiting.size();
      return Offer.ACCEPTED;
    }
  }

  boolean isEmpty() {
    return size == 0;
  }

  @Nullable Queued poll() {
    if (size == 0) {
      return null;
    }
    synchronized (lock) {
      Place head = waiting.poll();
      size = waiting.size();
      return head == null ? null : head.transfer;
    }
  }

  /** When the transfer that waits longest was accepted, or {@code none} if there is none. */
  long oldestNs(long none) {
    if (size == 0) {
      return none;
    }
    synchronized (lock) {
      return waiting.stream()
          .mapToLong(place -> place.transfer.queuedNs)
          .reduce((a, b) -> a - b < 0 ? a : b)
          .orElse(none);
    }
  }

  /** Takes transfers again, unless closed. */
  void reopen() {
    synchronized (lock) {
      if (state == State.UNREACHABLE) {
        state = State.OPEN;
      }
    }
  }

  /** Takes none until {@link #reopen}. */
  List<Queued> refuse() {
    return drainTo(State.UNREACHABLE);
  }

  /** Takes none ever again. */
  List<Queued> close() {
    return drainTo(State.CLOSED);
  }

  private List<Queued> drainTo(State next) {
    synchronized (lock) {
      if (state != State.CLOSED) {
        state = next;
      }
      List<Queued> drained = new ArrayList<>();
      for (Place head = waiting.poll(); head != null; head = waiting.poll()) {
        drained.add(head.transfer);
      }
      size = 0;
      return drained;
    }
  }
}
