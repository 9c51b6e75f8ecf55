package dev.sampo.launcher.local;

import java.io.PrintWriter;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Lines for a person, and one line of progress below them: rewritten in place on a terminal, and
 * printed now and then where nothing can be rewritten.
 */
public final class Screen {
  private static final long REWRITE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final long REPRINT_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final String ERASE = "\r\u001b[K";

  private final PrintWriter out;
  private final boolean terminal;
  private final LongSupplier nanoTime;
  private long lastNanos;
  private boolean open;

  /**
   * A screen.
   *
   * @param terminal whether lines can be rewritten
   */
  public Screen(PrintWriter out, boolean terminal, LongSupplier nanoTime) {
    this.out = out;
    this.terminal = terminal;
    this.nanoTime = nanoTime;
    this.lastNanos = nanoTime.getAsLong() - REPRINT_NANOS;
  }

  /** Shows a line for good. */
  public void line(String text) {
    if (open) {
      out.print(ERASE);
      open = false;
    }
    out.println(text);
    out.flush();
  }

  /** Shows progress, if it is time to. */
  public void progress(Supplier<String> text) {
    long now = nanoTime.getAsLong();
    if (now - lastNanos < (terminal ? REWRITE_NANOS : REPRINT_NANOS)) {
      return;
    }
    lastNanos = now;
    if (terminal) {
      out.print(ERASE + text.get());
      open = true;
    } else {
      out.println(text.get());
    }
    out.flush();
  }
}
