package dev.sampo.protocol.coordinator;

/** Says, given the time, when something that is repeated is due again. */
final class Every {
  private final long periodMs;
  private long nextMs = Long.MIN_VALUE;

  Every(long periodMs) {
    this.periodMs = periodMs;
  }

  boolean isDue(long nowMs) {
    if (nowMs < nextMs) {
      return false;
    }
    nextMs = nowMs + periodMs;
    return true;
  }
}
