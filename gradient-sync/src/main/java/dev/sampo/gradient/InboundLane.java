package dev.sampo.gradient;

import dev.sampo.gradient.frame.ChunkFrameDecoder;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One lane of an arriving stream: at most one transfer is under way in it, and its chunks come in
 * order. Belongs to the agent thread.
 *
 * <pre>
 *   idle      --first chunk, sink gives memory-->    under way
 *   idle      --first chunk, refused-->              idle, passing over its other chunks
 *   under way --next chunk-->                        under way, or idle after the last
 *   under way --anything else-->                     abandoned, and then as if idle
 * </pre>
 */
final class InboundLane {
  private static final long NONE = Long.MIN_VALUE;

  private final Inbound.Gate gate;
  private final FrameReader reader;
  private final Delivery delivery;
  private long transferId = NONE;
  private long newestId = NONE;
  private long passedOverId = NONE;

  InboundLane(Inbound.Gate gate, FrameReader reader) {
    this.gate = gate;
    this.reader = reader;
    this.delivery = new Delivery(gate.sink(), gate.counters());
  }

  /** Takes the chunk that the reader has just judged. */
  void onChunk(DirectBuffer frame, int at) {
    ChunkFrameDecoder chunk = reader.chunk();
    long id = chunk.transferId();
    if (id == passedOverId) {
      return;
    }
    Refusal reason = id == transferId ? next(chunk) : first(chunk, id);
    if (reason == null) {
      reason = apply(frame, at);
    }
    if (reason != null) {
      gate.counters().refuse(reason);
      abandon();
      passedOverId = id;
    }
  }

  /** A chunk of what is under way is missing; the others are passed over. */
  void breakOff() {
    if (transferId != NONE) {
      passedOverId = transferId;
      abandon();
    }
  }

  void breakOffFrom(long incarnation) {
    if (delivery.sender() == incarnation) {
      breakOff();
    }
  }

  void abandon() {
    transferId = NONE;
    delivery.abandon();
  }

  private @Nullable Refusal next(ChunkFrameDecoder chunk) {
    TransferHeader underWay = delivery.header();
    boolean fits =
        underWay != null
            && chunk.chunkOffset() == delivery.writtenBytes()
            && chunk.lengthBytes() == underWay.lengthBytes()
            && chunk.codec() == underWay.codec().code()
            && chunk.sender() == delivery.sender()
            && chunk.receiver() == gate.incarnation();
    return fits ? null : Refusal.OUT_OF_ORDER;
  }

  private @Nullable Refusal first(ChunkFrameDecoder chunk, long id) {
    long from = chunk.sender();
    if (chunk.receiver() != gate.incarnation()) {
      return Refusal.OTHER_RECEIVER;
    }
    if (gate.isReplaced().test(from)) {
      return Refusal.OLD_INCARNATION;
    }
    if (chunk.chunkOffset() != 0 || id <= newestId) {
      return Refusal.OUT_OF_ORDER;
    }
    if (chunk.lengthBytes() > gate.maxTransferBytes()) {
      return Refusal.TOO_LONG;
    }
    abandon();
    newestId = id;
    Refusal reason = delivery.begin(reader.transfer(), from);
    if (reason == null) {
      transferId = id;
    }
    return reason;
  }

  private @Nullable Refusal apply(DirectBuffer frame, int at) {
    int length = reader.decodedLength();
    try {
      reader.copyOut(frame, at, delivery.destination(), delivery.writtenBytes());
    } catch (IllegalStateException e) {
      // The sink closed the arena under us.
      return delivery.cannotWrite(e);
    }
    gate.counters().bytesReceived.add(reader.chunk().chunkLength());
    delivery.advance(length);
    if (delivery.header() == null) {
      transferId = NONE;
    }
    return null;
  }
}
