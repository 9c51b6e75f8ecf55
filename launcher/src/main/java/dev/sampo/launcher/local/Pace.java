package dev.sampo.launcher.local;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;

/** How fast a run is, over the last seconds. */
public final class Pace {
  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);

  private record Mark(long nanos, long version) {}

  private final long steps;
  private final long tokensPerStep;
  private final Deque<Mark> marks = new ArrayDeque<>();

  public Pace(long steps, long tokensPerStep) {
    this.steps = steps;
    this.tokensPerStep = tokensPerStep;
  }

  /** That version is committed at that time. */
  public void reached(long version, long nanos) {
    marks.addLast(new Mark(nanos, version));
    while (nanos - marks.getFirst().nanos > WINDOW_NANOS) {
      marks.removeFirst();
    }
  }

  /** Such as {@code step 120/300 loss 2.3141 4812 tokens/s nodes a c ETA 52 s}. */
  String line(OptionalDouble loss, Iterable<String> nodes) {
    long version = marks.isEmpty() ? 0 : marks.getLast().version;
    double rate = stepsPerSecond();
    String shown = loss.isPresent() ? "%.4f".formatted(loss.getAsDouble()) : "-";
    String eta = rate > 0 ? "%.0f s".formatted((steps - version) / rate) : "-";
    return String.format(
        Locale.ROOT,
        "step %d/%d  loss %s  %.0f tokens/s  nodes %s  ETA %s",
        version,
        steps,
        shown,
        rate * tokensPerStep,
        String.join(" ", nodes),
        eta);
  }

  /** 0 while that is not known. */
  public double stepsPerSecond() {
    if (marks.size() < 2) {
      return 0;
    }
    Mark first = marks.getFirst();
    Mark last = marks.getLast();
    return (last.version - first.version) / ((last.nanos - first.nanos) * 1e-9);
  }
}
