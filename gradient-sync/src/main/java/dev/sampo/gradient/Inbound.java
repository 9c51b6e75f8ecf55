package dev.sampo.gradient;

import java.util.function.LongPredicate;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One arriving stream: at most one transfer is under way in it, and its chunks come in order.
 * Belongs to the agent thread.
 *
 * <pre>
 *   idle      --first chunk, sink gives memory-->    under way
 *   idle      --first chunk, refused-->              idle, passing over its other chunks
 *   under way --next chunk-->                        under way, or idle after the last
 *   under way --anything else-->                     abandoned, and then as if idle
 * </pre>
 */
final class Inbound {
  private static final long NONE = Long.MIN_VALUE;

  /**
   * What all streams of a plane share.
   *
   * @param incarnation this node's own: frames for another are refused
   * @param maxTransferBytes longer transfers are refused
   * @param isReplaced tells incarnations of peers that newer ones have replaced
   */
  record Gate(
      TensorSink sink,
      PlaneCounters counters,
      long incarnation,
      long maxTransferBytes,
      LongPredicate isReplaced) {}

  private final Gate gate;
  private final Delivery delivery;
  private final FrameBytes bytes = new FrameBytes();
  private long transferId = NONE;
  private long newestId = NONE;
  private long passedOverId = NONE;

  Inbound(Gate gate) {
    this.gate = gate;
    this.delivery = new Delivery(gate.sink, gate.counters);
  }

  void onFrame(DirectBuffer frame, int at, int length) {
    gate.counters.framesReceived.increment();
    Refusal fault = FrameDescriptor.judge(frame, at, length, bytes);
    if (fault != null) {
      // Nothing it says can be believed, but a chunk of whatever is under way is missing now.
      refuse(fault, transferId);
      return;
    }
    long id = FrameDescriptor.transferId(frame, at);
    if (id == passedOverId) {
      return;
    }
    Refusal reason = id == transferId ? next(frame, at) : first(frame, at, id);
    if (reason == null) {
      reason = apply(frame, at);
    }
    if (reason != null) {
      refuse(reason, id);
    }
  }

  void onDamagedFrame() {
    gate.counters.framesReceived.increment();
    refuse(Refusal.MALFORMED, transferId);
  }

  /** Breaks off what this incarnation has under way here; its further chunks are passed over. */
  void abandonFrom(long incarnation) {
    if (transferId != NONE && delivery.sender() == incarnation) {
      passedOverId = transferId;
      abandon();
    }
  }

  void abandon() {
    transferId = NONE;
    delivery.abandon();
  }

  private @Nullable Refusal next(DirectBuffer frame, int at) {
    TransferHeader underWay = delivery.header();
    boolean fits =
        underWay != null
            && FrameDescriptor.chunkOffset(frame, at) == delivery.writtenBytes()
            && FrameDescriptor.lengthBytes(frame, at) == underWay.lengthBytes()
            && FrameDescriptor.sender(frame, at) == delivery.sender()
            && FrameDescriptor.receiver(frame, at) == gate.incarnation;
    return fits ? null : Refusal.OUT_OF_ORDER;
  }

  private @Nullable Refusal first(DirectBuffer frame, int at, long id) {
    long from = FrameDescriptor.sender(frame, at);
    if (FrameDescriptor.receiver(frame, at) != gate.incarnation) {
      return Refusal.OTHER_RECEIVER;
    }
    if (gate.isReplaced.test(from)) {
      return Refusal.OLD_INCARNATION;
    }
    if (FrameDescriptor.chunkOffset(frame, at) != 0 || id <= newestId) {
      return Refusal.OUT_OF_ORDER;
    }
    if (FrameDescriptor.lengthBytes(frame, at) > gate.maxTransferBytes) {
      return Refusal.TOO_LONG;
    }
    abandon();
    newestId = id;
    Refusal reason = delivery.begin(FrameDescriptor.transfer(frame, at), from);
    if (reason == null) {
      transferId = id;
    }
    return reason;
  }

  private @Nullable Refusal apply(DirectBuffer frame, int at) {
    int length = FrameDescriptor.chunkLength(frame, at);
    try {
      bytes.copyOut(
          frame,
          at + FrameDescriptor.HEADER_LENGTH,
          delivery.destination(),
          delivery.writtenBytes(),
          length);
    } catch (IllegalStateException e) {
      // The sink closed the arena under us.
      return delivery.cannotWrite(e);
    }
    gate.counters.bytesReceived.add(length);
    delivery.advance(length);
    if (delivery.header() == null) {
      transferId = NONE;
    }
    return null;
  }

  private void refuse(Refusal reason, long id) {
    gate.counters.refuse(reason);
    abandon();
    if (id != NONE) {
      passedOverId = id;
    }
  }
}
