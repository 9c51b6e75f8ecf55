package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.message.Scrutiny;

/**
 * When a step has stood still for so long that stored bytes may be to blame: memory that flipped
 * lets workers pull parameters in vain for ever, and nobody else would notice.
 */
final class Doubt {
  private static final int DOUBLINGS = 6;

  private final long firstMs;
  private long movedMs = Long.MIN_VALUE;
  private int inVain;
  private Scrutiny raised = Scrutiny.NONE;

  Doubt(long firstMs) {
    this.firstMs = firstMs;
  }

  /** Something moved. */
  void moved(long nowMs) {
    movedMs = nowMs;
  }

  /** A step was committed: whatever was wrong is not any more. */
  void dispelled(long nowMs) {
    movedMs = nowMs;
    inVain = 0;
  }

  /** Whether it is time to have bytes checked; each time in vain it takes twice as long. */
  boolean isDue(long nowMs) {
    if (movedMs == Long.MIN_VALUE || nowMs < movedMs) {
      movedMs = nowMs;
    }
    if (nowMs - movedMs < firstMs << Math.min(inVain, DOUBLINGS)) {
      return false;
    }
    movedMs = nowMs;
    inVain++;
    return true;
  }

  /** The reports under the next fence are to be made after this. */
  void raise(Scrutiny scrutiny) {
    raised = scrutiny;
  }

  /** What these reports are to be made after; asked once a fence. */
  Scrutiny take() {
    Scrutiny taken = raised;
    raised = Scrutiny.NONE;
    return taken;
  }
}
