package dev.sampo.protocol.membership;

import dev.sampo.protocol.Member;

/** Why a node counts as alive or not, as a sentence. */
public sealed interface Suspicion {
  record Alive() implements Suspicion {}

  record Suspected(String reason) implements Suspicion {}

  /**
   * Judges one silence.
   *
   * @param silentMs since its last beat
   * @param suspectAfterMs from which silence is suspicious
   */
  static Suspicion judge(Member member, long silentMs, long suspectAfterMs) {
    return silentMs < suspectAfterMs
        ? new Alive()
        : new Suspected(
            member
                + " was silent for "
                + silentMs
                + " ms, and "
                + suspectAfterMs
                + " ms is the limit");
  }
}
