package dev.sampo.protocol.simulation;

import java.util.ArrayDeque;
import java.util.Deque;

/** The last things that happened, kept as they are and written down only when something broke. */
final class Trace {
  private static final int KEPT = 160;

  private record Line(long atMs, String kind, Object what) {}

  private final Deque<Line> lines = new ArrayDeque<>();

  void add(long atMs, String kind, Object what) {
    if (lines.size() == KEPT) {
      lines.removeFirst();
    }
    lines.addLast(new Line(atMs, kind, what));
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (Line line : lines) {
      String what = String.valueOf(line.what);
      String brief = what.length() > 300 ? what.substring(0, 300) + "..." : what;
      text.append(String.format("%7d ms  %-24s %s%n", line.atMs, line.kind, brief));
    }
    return text.toString();
  }
}
