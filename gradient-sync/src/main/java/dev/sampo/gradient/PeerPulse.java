package dev.sampo.gradient;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the data plane knows of a peer.
 *
 * @param route of the stream to it; empty while there is none
 * @param silentMs since anything was heard of it over the data plane; empty before the first time
 * @param clocks comparison of the two clocks; empty before the first
 */
public record PeerPulse(Optional<Route> route, OptionalLong silentMs, Optional<Clocks> clocks) {

  /**
   * The best comparison so far.
   *
   * @param roundTripUs of the beats compared, in microseconds; what a resting plane adds is in it
   * @param offsetUs how far the peer's clock is ahead of ours, give or take half the round trip
   */
  public record Clocks(long roundTripUs, long offsetUs) {}

  static PeerPulse of(Pulse pulse, @Nullable Route route, long nowNs) {
    OptionalLong silent =
        pulse.isHeard()
            ? OptionalLong.of(TimeUnit.NANOSECONDS.toMillis(pulse.silentNs(nowNs)))
            : OptionalLong.empty();
    Optional<Clocks> clocks =
        pulse.roundTripUs() == Long.MAX_VALUE
            ? Optional.empty()
            : Optional.of(new Clocks(pulse.roundTripUs(), pulse.clockOffsetUs()));
    return new PeerPulse(Optional.ofNullable(route), silent, clocks);
  }
}
