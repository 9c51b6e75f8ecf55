package dev.sampo.gradient;

import dev.sampo.gradient.frame.BeatFrameDecoder;
import dev.sampo.gradient.frame.ChecksumScope;
import java.util.function.LongFunction;
import java.util.function.LongPredicate;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One arriving stream: judges its frames, notes its sender's signs of life, and gives chunks to
 * their lane. Belongs to the agent thread.
 */
final class Inbound {
  /**
   * What all streams of a plane share.
   *
   * @param incarnation this node's own: frames for another are refused
   * @param maxTransferBytes longer transfers are refused
   * @param isReplaced tells incarnations of peers that newer ones have replaced
   * @param pulses of the peers that are known, by incarnation
   */
  record Gate(
      TensorSink sink,
      PlaneCounters counters,
      long incarnation,
      long maxTransferBytes,
      LongPredicate isReplaced,
      LongFunction<@Nullable Pulse> pulses) {}

  private final Gate gate;
  private final FrameReader reader;
  private final InboundLane urgent;
  private final InboundLane background;
  private @Nullable Pulse pulse;
  private long heardNs;
  private boolean beating;

  Inbound(Gate gate, ChecksumScope weakest) {
    this.gate = gate;
    this.reader = new FrameReader(weakest);
    this.urgent = new InboundLane(gate, reader);
    this.background = new InboundLane(gate, reader);
  }

  /** Whether the frame was a chunk: a beat alone is no reason to stay awake. */
  boolean onFrame(DirectBuffer frame, int at, int length, long nowNs) {
    gate.counters.framesReceived.increment();
    Refusal fault = reader.judge(frame, at, length);
    if (fault != null) {
      gate.counters.refuse(fault);
      // Nothing it says can be believed, but a chunk of whatever is under way is missing now.
      missing();
      return true;
    }
    heardNs = nowNs;
    if (reader.isBeat()) {
      onBeat(reader.beat(), nowNs);
      return false;
    }
    if (reader.chunk().receiver() == gate.incarnation) {
      heard(reader.chunk().sender(), nowNs);
    }
    lane(reader.kind().lane()).onChunk(frame, at);
    return true;
  }

  void onDamagedFrame() {
    gate.counters.framesReceived.increment();
    gate.counters.refuse(Refusal.MALFORMED);
    missing();
  }

  private void onBeat(BeatFrameDecoder beat, long nowNs) {
    Refusal reason = refusalOf(beat);
    if (reason == null) {
      gate.counters.beatsReceived.increment();
      beating = true;
      Pulse heard = heard(beat.sender(), nowNs);
      if (heard != null) {
        heard.onBeat(beat, WallClock.nowUs());
      }
    } else if (beating || beat.number() == 1) {
      // A zombie beats for ever: it is counted once.
      beating = false;
      gate.counters.refuse(reason);
    }
  }

  private @Nullable Refusal refusalOf(BeatFrameDecoder beat) {
    if (beat.receiver() != gate.incarnation) {
      return Refusal.OTHER_RECEIVER;
    }
    return gate.isReplaced.test(beat.sender()) ? Refusal.OLD_INCARNATION : null;
  }

  /** Notes a sign of life. Null if the sender is no peer of ours, or not yet. */
  private @Nullable Pulse heard(long sender, long nowNs) {
    Pulse known = pulse;
    if (known == null || known.incarnation() != sender || known.isRetired()) {
      known = gate.pulses.apply(sender);
      pulse = known;
    }
    if (known != null) {
      known.heard(nowNs);
    }
    return known;
  }

  private InboundLane lane(Lane lane) {
    return switch (lane) {
      case URGENT -> urgent;
      case BACKGROUND -> background;
    };
  }

  private void missing() {
    urgent.breakOff();
    background.breakOff();
  }

  /** Breaks off what this incarnation has under way here; its further chunks are passed over. */
  void abandonFrom(long incarnation) {
    urgent.breakOffFrom(incarnation);
    background.breakOffFrom(incarnation);
  }

  /** Breaks off what is under way in a stream that has said nothing for so long. */
  void abandonIfSilent(long nowNs, long longestNs) {
    if (nowNs - heardNs > longestNs) {
      missing();
    }
  }

  void abandon() {
    urgent.abandon();
    background.abandon();
  }
}
