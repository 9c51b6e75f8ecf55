package dev.sampo.launcher.train;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Notices Ctrl-C (and SIGTERM), and holds the process until the run has stopped in order: the
 * platform ends a process when its last hook is done, whatever other threads are at.
 */
final class Interruption implements AutoCloseable {
  private static final long LIMIT_SECONDS = 10;

  private final CountDownLatch over = new CountDownLatch(1);
  private final Thread hook = new Thread(this::onEnd, "sampo-interrupted");
  private volatile boolean requested;

  private Interruption() {}

  /** From now on until closed. */
  static Interruption watch() {
    Interruption interruption = new Interruption();
    Runtime.getRuntime().addShutdownHook(interruption.hook);
    return interruption;
  }

  private void onEnd() {
    requested = true;
    try {
      // What does not stop by then is ended where it is: nothing committed is lost by that either.
      over.await(LIMIT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether the run is to stop. */
  boolean isRequested() {
    return requested;
  }

  /** The run has stopped, or come to its end. */
  @Override
  public void close() {
    over.countDown();
    if (!requested) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The process is ending just now: the hook is through as soon as it has begun.
        requested = true;
      }
    }
  }
}
