package dev.sampo.protocol.coordinator;

/** Says, given the time, when something that is repeated is due again. */
final class Every {
  private final long periodMs;
  private long nextMs = Long.MIN_VALUE;

  Every(long periodMs) {
    this.periodMs = periodMs;
  }

  /** It is due at once. */
  void now() {
    nextMs = Long.MIN_VALUE;
  }

  boolean isDue(long nowMs) {
    if (nowMs < nextMs) {
      return false;
    }
    nextMs = nowMs + periodMs;
    return true;
  }
}
