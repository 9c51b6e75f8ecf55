package dev.sampo.device.cpu;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A fixed set of threads that work through the parts of one kernel at a time; the calling thread is
 * one of them. Which thread gets which part is left to chance, so a part's result must not depend
 * on it.
 *
 * <p>Helpers spin a little between kernels, because the next one usually comes within microseconds,
 * and then park, because several nodes may share the machine. One thread at a time may call {@link
 * #run}.
 */
final class WorkerPool implements AutoCloseable {
  private static final int SPINS_BEFORE_PARKING = 2_000;

  /** One part of a kernel; {@code worker} in [0, threads) tells apart those that run at once. */
  interface Parts {
    void run(int part, int worker);
  }

  private final Thread[] helpers;
  private final AtomicInteger nextPart = new AtomicInteger();
  private final AtomicInteger busyHelpers = new AtomicInteger();
  private Parts parts = (part, worker) -> {};
  private int partCount;
  private int rounds;
  private volatile int round;
  private volatile boolean closed;
  private volatile @Nullable Throwable failure;

  private WorkerPool(int threads) {
    helpers = new Thread[threads - 1];
  }

  static WorkerPool start(int threads) {
    WorkerPool pool = new WorkerPool(threads);
    for (int i = 0; i < pool.helpers.length; i++) {
      int worker = i + 1;
      pool.helpers[i] =
          Thread.ofPlatform().name("sampo-cpu-" + worker).daemon().start(() -> pool.help(worker));
    }
    return pool;
  }

  int threads() {
    return helpers.length + 1;
  }

  /** Whether the helpers may touch that memory: not if it is confined to another thread. */
  boolean canReach(MemorySegment segment) {
    return helpers.length == 0 || segment.isAccessibleBy(helpers[0]);
  }

  /** Runs all parts and returns when they are done; rethrows the first failure of any. */
  void run(int count, Parts work) {
    if (helpers.length == 0 || count == 1) {
      for (int part = 0; part < count; part++) {
        work.run(part, 0);
      }
      return;
    }
    parts = work;
    partCount = count;
    nextPart.set(0);
    busyHelpers.set(helpers.length);
    rounds++;
    round = rounds; // publishes the fields above
    for (Thread helper : helpers) {
      LockSupport.unpark(helper);
    }
    takeParts(0);
    awaitHelpers();
    Throwable thrown = failure;
    if (thrown != null) {
      failure = null;
      throw new IllegalStateException("a kernel failed in a helper thread", thrown);
    }
  }

  private void takeParts(int worker) {
    try {
      for (int part = nextPart.getAndIncrement();
          part < partCount;
          part = nextPart.getAndIncrement()) {
        parts.run(part, worker);
      }
    } catch (RuntimeException | Error e) {
      nextPart.set(partCount); // the others need not go on
      if (failure == null) {
        failure = e;
      }
    }
  }

  private void awaitHelpers() {
    int spins = 0;
    while (busyHelpers.get() > 0) {
      if (spins++ < SPINS_BEFORE_PARKING) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(20_000);
      }
    }
  }

  private void help(int worker) {
    int seen = 0;
    int spins = 0;
    while (!closed) {
      int now = round;
      if (now != seen) {
        seen = now;
        spins = 0;
        takeParts(worker);
        busyHelpers.decrementAndGet();
      } else if (spins++ < SPINS_BEFORE_PARKING) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
      }
    }
  }

  /** Ends the helpers and waits for them. */
  @Override
  public void close() {
    closed = true;
    boolean interrupted = false;
    for (Thread helper : helpers) {
      LockSupport.unpark(helper);
      while (helper.isAlive()) {
        try {
          helper.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
