package dev.sampo.gradient;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * The plane's counters: added to by the agent thread (back-pressure by senders), read by anyone.
 */
final class PlaneCounters {
  final LongAdder bytesSent = new LongAdder();
  final LongAdder bytesReceived = new LongAdder();
  final LongAdder bytesLocal = new LongAdder();
  final LongAdder framesSent = new LongAdder();
  final LongAdder framesReceived = new LongAdder();
  final LongAdder beatsReceived = new LongAdder();
  final LongAdder transfersSent = new LongAdder();
  final LongAdder transfersCompleted = new LongAdder();
  final LongAdder transfersAbandoned = new LongAdder();
  final LongAdder backPressured = new LongAdder();
  final LongAdder errors = new LongAdder();
  private final Map<Refusal, LongAdder> refused = new EnumMap<>(Refusal.class);

  PlaneCounters() {
    for (Refusal reason : Refusal.values()) {
      refused.put(reason, new LongAdder());
    }
  }

  void refuse(Refusal reason) {
    LongAdder counter = refused.get(reason);
    if (counter == null) {
      throw new IllegalStateException("every refusal has a counter: reason=" + reason);
    }
    counter.increment();
  }

  PlaneStats snapshot() {
    Map<Refusal, Long> byReason = new EnumMap<>(Refusal.class);
    refused.forEach((reason, count) -> byReason.put(reason, count.sum()));
    return new PlaneStats(
        bytesSent.sum(),
        bytesReceived.sum(),
        bytesLocal.sum(),
        framesSent.sum(),
        framesReceived.sum(),
        beatsReceived.sum(),
        transfersSent.sum(),
        transfersCompleted.sum(),
        transfersAbandoned.sum(),
        backPressured.sum(),
        errors.sum(),
        byReason);
  }
}
