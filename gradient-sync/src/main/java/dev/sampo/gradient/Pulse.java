package dev.sampo.gradient;

import dev.sampo.gradient.frame.BeatFrameDecoder;

/**
 * What is heard of one peer: when last, and how its clock and ours compare. Written by the agent
 * thread, read by any.
 *
 * <p>Each beat tells when it was sent and, of the newest beat that its sender got from us, when we
 * had sent that and when it came: the four times of NTP (RFC 5905, section 8). Of the comparisons
 * made, the one with the shortest round trip is kept: what it lacks in symmetry is bounded by it.
 */
final class Pulse {
  private static final long NEVER = Long.MIN_VALUE;

  private final long incarnation;
  private volatile long heardNs = NEVER;
  private volatile long theirSentAtUs;
  private volatile long heardAtUs;
  private volatile long roundTripUs = Long.MAX_VALUE;
  private volatile long clockOffsetUs;
  private volatile boolean retired;

  Pulse(long incarnation) {
    this.incarnation = incarnation;
  }

  long incarnation() {
    return incarnation;
  }

  /** The peer was disconnected: whoever kept this looks for another. */
  void retire() {
    retired = true;
  }

  boolean isRetired() {
    return retired;
  }

  /** Any frame is a sign of life. */
  void heard(long nowNs) {
    heardNs = nowNs;
  }

  void onBeat(BeatFrameDecoder beat, long nowUs) {
    theirSentAtUs = beat.sentAtUs();
    heardAtUs = nowUs;
    if (beat.echoedUs() != 0) {
      long there = beat.heardAtUs() - beat.echoedUs();
      long back = nowUs - beat.sentAtUs();
      long roundTrip = there + back;
      if (roundTrip >= 0 && roundTrip < roundTripUs) {
        clockOffsetUs = (there - back) / 2;
        roundTripUs = roundTrip;
      }
    }
  }

  /** It must be heard again before its silence means anything. */
  void forget() {
    heardNs = NEVER;
  }

  boolean isHeard() {
    return heardNs != NEVER;
  }

  /** Only of one that was heard. */
  long silentNs(long nowNs) {
    return Math.max(0, nowNs - heardNs);
  }

  long theirSentAtUs() {
    return theirSentAtUs;
  }

  long heardAtUs() {
    return heardAtUs;
  }

  /** {@code Long.MAX_VALUE} before the first comparison. */
  long roundTripUs() {
    return roundTripUs;
  }

  /** How far the peer's clock is ahead of ours. */
  long clockOffsetUs() {
    return clockOffsetUs;
  }
}
