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

  private final Thread[] helpers;

  /**
   * Parts that nobody has taken yet; below zero where helpers came late. What runs is written
   * before it is set and read after a part was taken: until that part is done, the caller sets
   * nothing. So a helper that is late for one kernel takes a part of the next, and one state serves
   * all kernels.
   */
  private final AtomicInteger left = new AtomicInteger();

  private final AtomicInteger done = new AtomicInteger();
  private int count;
  private Parts parts = (part, worker) -> {};
  private Thread caller = Thread.currentThread();
  private volatile @Nullable Throwable failure;
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
    this.count = count;
    this.parts = parts;
    caller = Thread.currentThread();
    failure = null;
    done.set(0);
    left.set(count);
    for (int i = 0; i < Math.min(helpers.length, count - 1); i++) {
      LockSupport.unpark(helpers[i]);
    }
    while (takePart(0)) {}
    awaitDone(count);
    Throwable broken = failure;
    if (broken != null) {
      throw new IllegalStateException("a part of a kernel failed: reason=" + broken, broken);
    }
  }

  /** Runs a part, if one is left. */
  private boolean takePart(int worker) {
    if (left.get() <= 0) {
      return false;
    }
    int rest = left.decrementAndGet();
    if (rest < 0) {
      return false;
    }
    int all = count;
    Thread waiting = caller;
    try {
      if (failure == null) {
        parts.run(all - 1 - rest, worker);
      }
    } catch (RuntimeException | Error e) {
      failure = e;
    }
    if (done.incrementAndGet() == all && worker != 0) {
      LockSupport.unpark(waiting);
    }
    return true;
  }

  private void awaitDone(int all) {
    int spins = 0;
    while (done.get() < all) {
      if (spins++ < SPINS_BEFORE_PARKING) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
      }
    }
  }

  private void help(int worker) {
    int spins = 0;
    while (!closed) {
      if (takePart(worker)) {
        spins = 0;
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
