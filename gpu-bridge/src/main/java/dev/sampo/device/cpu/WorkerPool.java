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
 * <p>The caller waits for parts, not for helpers: a helper that the machine has put aside costs
 * nothing unless it holds a part. Helpers spin a little between kernels, because the next one
 * usually comes within microseconds, and then park, because several nodes may share the machine.
 * One thread at a time may call {@link #run}.
 */
final class WorkerPool implements AutoCloseable {
  private static final int SPINS_BEFORE_PARKING = 2_000;

  /** One part of a kernel; {@code worker} in [0, threads) tells apart those that run at once. */
  interface Parts {
    void run(int part, int worker);
  }

  /** One kernel's parts. A helper that comes late finds none left, whatever runs by then. */
  private static final class Round {
    final Parts parts;
    final int count;
    final Thread caller;
    final AtomicInteger next = new AtomicInteger();
    final AtomicInteger done = new AtomicInteger();
    volatile @Nullable Throwable failure;

    Round(Parts parts, int count, Thread caller) {
      this.parts = parts;
      this.count = count;
      this.caller = caller;
    }

    void takeParts(int worker) {
      for (int part = next.getAndIncrement(); part < count; part = next.getAndIncrement()) {
        try {
          if (failure == null) {
            parts.run(part, worker);
          }
        } catch (RuntimeException | Error e) {
          failure = e;
        }
        if (done.incrementAndGet() == count && worker != 0) {
          LockSupport.unpark(caller);
        }
      }
    }

    void awaitDone() {
      int spins = 0;
      while (done.get() < count) {
        if (spins++ < SPINS_BEFORE_PARKING) {
          Thread.onSpinWait();
        } else {
          LockSupport.park(this);
        }
      }
    }
  }

  private final Thread[] helpers;
  private volatile @Nullable Round current;
  private volatile boolean closed;

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

  /** Runs all parts and returns when they are done; a failure in any of them is rethrown. */
  void run(int count, Parts parts) {
    if (helpers.length == 0 || count == 1) {
      for (int part = 0; part < count; part++) {
        parts.run(part, 0);
      }
      return;
    }
    Round round = new Round(parts, count, Thread.currentThread());
    current = round;
    for (int i = 0; i < Math.min(helpers.length, count - 1); i++) {
      LockSupport.unpark(helpers[i]);
    }
    round.takeParts(0);
    round.awaitDone();
    current = null;
    Throwable failure = round.failure;
    if (failure != null) {
      throw new IllegalStateException("a part of a kernel failed: reason=" + failure, failure);
    }
  }

  private void help(int worker) {
    Round seen = null;
    int spins = 0;
    while (!closed) {
      Round now = current;
      if (now != null && now != seen) {
        seen = now;
        spins = 0;
        now.takeParts(worker);
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
