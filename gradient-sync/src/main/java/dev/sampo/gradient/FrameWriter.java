package dev.sampo.gradient;

import dev.sampo.gradient.frame.BeatFrameEncoder;
import dev.sampo.gradient.frame.ChecksumScope;
import dev.sampo.gradient.frame.ChunkFrameEncoder;
import dev.sampo.gradient.frame.MessageHeaderEncoder;
import java.lang.foreign.MemorySegment;
import org.agrona.MutableDirectBuffer;

/** Writes the frames of one stream, straight into Aeron's log. Belongs to the agent thread. */
final class FrameWriter {
  private final long sender;
  private final long receiver;
  private final ChecksumScope scope;
  private final FrameBytes bytes = new FrameBytes();
  private final MessageHeaderEncoder message = new MessageHeaderEncoder();
  private final ChunkFrameEncoder chunk = new ChunkFrameEncoder();
  private final BeatFrameEncoder beat = new BeatFrameEncoder();

  /**
   * @param sender own incarnation
   * @param receiver the peer's
   * @param scope what checksums of chunks cover
   */
  FrameWriter(long sender, long receiver, ChecksumScope scope) {
    this.sender = sender;
    this.receiver = receiver;
    this.scope = scope;
  }

  /**
   * Writes one chunk with its payload.
   *
   * @param decodedBytes how much of the transfer it takes, from {@code offset} on
   * @throws IllegalStateException if the payload's arena is closed
   */
  void putChunk(
      MutableDirectBuffer frame, int at, OutboundLane.Progress progress, int decodedBytes) {
    TransferHeader transfer = progress.transfer().header();
    int encoded = transfer.codec().encodedBytes(decodedBytes);
    chunk
        .wrapAndApplyHeader(frame, at, message)
        .covers(scope)
        .kind(transfer.kind().code())
        .codec(transfer.codec().code())
        .reserved((short) 0)
        .job(transfer.job())
        .step(transfer.step())
        .baseHash(transfer.base())
        .shard(transfer.shard())
        .firstSlot(transfer.firstSlot())
        .slots(transfer.slots())
        .chunkLength(encoded)
        .tensorOffset(transfer.offset())
        .lengthBytes(transfer.lengthBytes())
        .chunkOffset(progress.sentBytes())
        .transferId(progress.transferId())
        .sender(sender)
        .receiver(receiver);
    MemorySegment memory = bytes.memory(frame);
    long payload = frame.wrapAdjustment() + (long) at + Frames.CHUNK_HEADER_LENGTH;
    transfer
        .codec()
        .encode(progress.transfer().payload(), progress.sentBytes(), memory, payload, decodedBytes);
    // Over the copy and not the payload: what is checked is what goes out, and it is in the cache.
    int covered =
        scope == ChecksumScope.FRAME
            ? Frames.CHUNK_HEADER_LENGTH + encoded
            : Frames.CHUNK_HEADER_LENGTH;
    chunk.checksum(checksum(frame, at, covered));
  }

  /** Writes one beat. The times are microseconds since 1970 by this node's clock. */
  void putBeat(MutableDirectBuffer frame, int at, long number, long sentAtUs, Pulse heard) {
    beat.wrapAndApplyHeader(frame, at, message)
        .reserved(0)
        .sender(sender)
        .receiver(receiver)
        .number(number)
        .sentAtUs(sentAtUs)
        .echoedUs(heard.theirSentAtUs())
        .heardAtUs(heard.heardAtUs());
    beat.checksum(checksum(frame, at, Frames.BEAT_LENGTH));
  }

  private long checksum(MutableDirectBuffer frame, int at, int covered) {
    return Integer.toUnsignedLong(
        bytes.checksum(frame, at + Frames.CHECKED_OFFSET, covered - Frames.CHECKED_OFFSET));
  }
}
