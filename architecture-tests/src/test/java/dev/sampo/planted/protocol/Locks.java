package dev.sampo.planted.protocol;

/** Breaks a rule on purpose. */
final class Locks {
  private int count;

  synchronized int next() {
    return ++count;
  }
}
