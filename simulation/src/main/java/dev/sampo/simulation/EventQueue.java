package dev.sampo.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * What is going to happen, in the order of time, and at one moment in the order in which it was
 * said. Virtual time counts whole milliseconds: the near ones have a list each, and only what is
 * far away is sorted.
 */
final class EventQueue {
  /** A power of two. Nearly all delays are shorter. */
  private static final int NEAR_MS = 1024;

  private record Far(long atMs, long sequence, Runnable action) {}

  private final List<List<Runnable>> near = new ArrayList<>(NEAR_MS);
  private final PriorityQueue<Far> far =
      new PriorityQueue<>(Comparator.comparingLong(Far::atMs).thenComparingLong(Far::sequence));
  private long nowMs;
  private int next;
  private long waiting;
  private long sequence;

  EventQueue() {
    for (int i = 0; i < NEAR_MS; i++) {
      near.add(new ArrayList<>());
    }
  }

  long nowMs() {
    return nowMs;
  }

  void add(long delayMs, Runnable action) {
    if (delayMs < 0) {
      throw new IllegalArgumentException("nothing happens in the past: delayMs=" + delayMs);
    }
    waiting++;
    if (delayMs < NEAR_MS) {
      at(nowMs + delayMs).add(action);
    } else {
      far.add(new Far(nowMs + delayMs, sequence++, action));
    }
  }

  /** Takes out what happens next, and lets time pass until then; null if nothing does. */
  @Nullable Runnable next() {
    if (waiting == 0) {
      return null;
    }
    List<Runnable> moment = at(nowMs);
    while (next == moment.size()) {
      moment.clear();
      next = 0;
      nowMs++;
      bringNear();
      moment = at(nowMs);
    }
    waiting--;
    return moment.get(next++);
  }

  /** What is far away joins its moment before anything that is said later. */
  private void bringNear() {
    long horizonMs = nowMs + NEAR_MS - 1;
    for (Far head = far.peek(); head != null && head.atMs <= horizonMs; head = far.peek()) {
      far.remove();
      at(head.atMs).add(head.action);
    }
  }

  private List<Runnable> at(long ms) {
    return near.get((int) (ms & (NEAR_MS - 1)));
  }
}
