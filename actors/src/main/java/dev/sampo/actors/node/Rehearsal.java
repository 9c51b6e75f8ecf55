package dev.sampo.actors.node;

import dev.sampo.parameter.StoreRehearsal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A node that keeps parameters should not do for the first time what others wait for. It rehearses
 * once it has been up for a while: a cluster that has lost everything needs its processors to come
 * back, and a node with a shard has done what there is to rehearse.
 */
final class Rehearsal implements AutoCloseable {
  /** Longer than a cluster takes to come back, shorter than the time from one loss to the next. */
  private static final Duration UP_FOR = Duration.ofSeconds(30);

  private final CountDownLatch closed = new CountDownLatch(1);
  private final Path folder;
  private final Consumer<String> tell;
  private final Thread thread =
      Thread.ofPlatform().daemon().name("rehearsal").unstarted(this::waitAndRehearse);

  /**
   * A rehearsal that begins later.
   *
   * @param folder for its files, which go
   * @param tell takes the failure once it is over, or an empty string
   */
  Rehearsal(Path folder, Consumer<String> tell) {
    this.folder = folder;
    this.tell = tell;
  }

  void start() {
    thread.start();
  }

  private void waitAndRehearse() {
    try {
      if (!closed.await(UP_FOR.toMillis(), TimeUnit.MILLISECONDS)) {
        tell.accept(failure());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String failure() {
    try {
      StoreRehearsal.run(folder);
      return "";
    } catch (IOException | RuntimeException e) {
      return e.toString();
    }
  }

  /** Waits for it if it has begun; otherwise it never does. */
  @Override
  public void close() {
    closed.countDown();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
