package dev.sampo.protocol.membership;

import dev.sampo.protocol.Member;
import java.util.OptionalLong;

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

  /**
   * How long a node has said nothing on each plane.
   *
   * @param controlMs since its last beat among actors
   * @param dataMs since anything of it came over the data plane; empty if nothing ever did, which
   *     says nothing
   */
  record Silence(long controlMs, OptionalLong dataMs) {}

  /**
   * Judges the silences of both planes: a node must be heard on each, since a node that only one of
   * them reaches can finish no step.
   */
  static Suspicion judge(Member member, Silence silence, long suspectAfterMs) {
    Suspicion control = judge(member, silence.controlMs, suspectAfterMs);
    long dataMs = silence.dataMs.orElse(0);
    return control instanceof Suspected || dataMs < suspectAfterMs
        ? control
        : new Suspected(
            member
                + " was silent on the data plane for "
                + dataMs
                + " ms, and "
                + suspectAfterMs
                + " ms is the limit; its last beat on the control plane came "
                + silence.controlMs
                + " ms ago");
  }
}
