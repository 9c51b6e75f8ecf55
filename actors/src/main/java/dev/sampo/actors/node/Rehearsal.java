package dev.sampo.actors.node;

import dev.sampo.parameter.StoreRehearsal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
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

  private static final String NAME = "rehearsal";

  private final CountDownLatch closed = new CountDownLatch(1);
  private final Path folder;
  private final Consumer<String> tell;
  private final CompletableFuture<Void> over;

  /**
   * Begins to wait for its time.
   *
   * @param node the node's folder; what a rehearsal writes there goes
   * @param tell takes the failure once it is over, or an empty string
   */
  Rehearsal(Path node, Consumer<String> tell) {
    this.folder = node.resolve(NAME);
    this.tell = tell;
    this.over =
        CompletableFuture.runAsync(
            this::waitAndRehearse, work -> Thread.ofPlatform().daemon().name(NAME).start(work));
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
    over.join();
  }
}
