package dev.sampo.launcher;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Tells about once a second how far a long work is, how fast, and when it will end. */
final class Meter {
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /**
   * What is counted.
   *
   * @param name as people read it
   * @param size how many make one
   */
  record Unit(String name, double size) {
    static final Unit MEGABYTES = new Unit("MB", 1e6);
    static final Unit KILO_TOKENS = new Unit("k tokens", 1e3);
  }

  private final PrintWriter out;
  private final String verb;
  private final long total;
  private final Unit unit;
  private long startNanos = -1;
  private long nextNanos;
  private boolean told;

  /**
   * @param verb what is being done, in the past tense
   * @param total in all, of what is counted
   */
  Meter(PrintWriter out, String verb, long total, Unit unit) {
    this.out = out;
    this.verb = verb;
    this.total = total;
    this.unit = unit;
  }

  /** So much is done by now. */
  void reached(long done, String details, long nowNanos) {
    if (startNanos < 0) {
      startNanos = nowNanos;
      nextNanos = nowNanos + PAUSE_NANOS;
      return;
    }
    if (nowNanos - nextNanos < 0) {
      return;
    }
    nextNanos = nowNanos + PAUSE_NANOS;
    double rate = done / ((nowNanos - startNanos) * 1e-9);
    out.printf(
        Locale.ROOT,
        "%s %.1f of %.1f %s%s, %.1f %s/s, ETA %s%n",
        verb,
        done / unit.size(),
        total / unit.size(),
        unit.name(),
        details.isEmpty() ? "" : ", " + details,
        rate / unit.size(),
        unit.name(),
        rate > 0 ? "%.0f s".formatted((total - done) / rate) : "?");
    told = true;
  }

  /** All is done. */
  void end() {
    if (told) {
      out.printf(Locale.ROOT, "%s %.1f %s%n", verb, total / unit.size(), unit.name());
    }
  }
}
