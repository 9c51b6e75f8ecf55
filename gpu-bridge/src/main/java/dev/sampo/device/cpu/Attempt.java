package dev.sampo.device.cpu;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one attempt to get what a process has once and keeps: it, or why not.
 *
 * @param value what it got
 * @param reason why it got nothing
 */
record Attempt<T>(@Nullable T value, String reason) {
  /** Tries, now. */
  static <T> Attempt<T> at(Supplier<T> making) {
    try {
      return new Attempt<>(making.get(), "");
    } catch (UnsatisfiedLinkError | RuntimeException e) {
      return new Attempt<>(null, String.valueOf(e.getMessage()));
    }
  }

  /**
   * What it got.
   *
   * @throws UnsatisfiedLinkError with the reason, if it got nothing
   */
  T get() {
    if (value == null) {
      throw new UnsatisfiedLinkError(reason);
    }
    return value;
  }
}
