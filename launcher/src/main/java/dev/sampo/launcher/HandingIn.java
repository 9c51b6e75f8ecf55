package dev.sampo.launcher;

import dev.sampo.actors.post.Submitted;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Hands something in again and again until the cluster knows what it says to it. Doing so is safe:
 * what is handed in twice is done once.
 *
 * @param what such as {@code job}
 * @param limitSeconds after which it is given up
 */
record HandingIn(String what, long limitSeconds) {
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(300);

  /** Returns when it is taken; that it is refused, or not answered, is a failure. */
  void untilTaken(Supplier<CompletionStage<Submitted>> handIn) {
    untilAnswered(handIn)
        .ifPresent(
            reason -> {
              throw new CommandFailure(reason);
            });
  }

  /** Returns why it is refused, empty if it is taken; that it is not answered is a failure. */
  Optional<String> untilAnswered(Supplier<CompletionStage<Submitted>> handIn) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(limitSeconds);
    String last = "no answer";
    while (System.nanoTime() < deadline) {
      try {
        Submitted answer = handIn.get().toCompletableFuture().join();
        switch (answer.outcome()) {
          case TAKEN -> {
            return Optional.empty();
          }
          case REFUSED -> {
            return Optional.of(answer.reason());
          }
          case LATER -> last = "the coordinator is not ready";
        }
      } catch (CompletionException e) {
        last =
            e.getCause() instanceof TimeoutException ? "no answer" : String.valueOf(e.getCause());
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    throw new CommandFailure(
        "the cluster took no "
            + what
            + " within "
            + limitSeconds
            + " s: reason="
            + last
            + "; hint: check the address given with --seed, and what sampo status says");
  }
}
