package dev.sampo.gradient;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.ErrorHandler;

/**
 * Where Aeron's client and driver report faults, from any of their threads. Counts all of them and
 * logs one line when the fault is another than the last: a dead peer may cause the same one a
 * thousand times a second.
 */
final class FaultLog implements ErrorHandler {
  private static final Logger LOG = System.getLogger(FaultLog.class.getName());

  private final String node;
  private final PlaneCounters counters;
  private final AtomicReference<String> last = new AtomicReference<>("");

  FaultLog(String node, PlaneCounters counters) {
    this.node = node;
    this.counters = counters;
  }

  @Override
  public void onError(Throwable fault) {
    counters.errors.increment();
    String line = fault.toString();
    boolean repeated = line.equals(last.getAndSet(line));
    LOG.log(
        repeated ? Level.DEBUG : Level.WARNING,
        "the tensor plane met a fault: node=" + node + ", fault=" + line);
    if (!repeated) {
      LOG.log(Level.DEBUG, "where the fault came from", fault);
    }
  }
}
