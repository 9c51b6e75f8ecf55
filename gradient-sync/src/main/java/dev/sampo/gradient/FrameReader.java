package dev.sampo.gradient;

import dev.sampo.gradient.codec.Codec;
import dev.sampo.gradient.frame.BeatFrameDecoder;
import dev.sampo.gradient.frame.ChecksumScope;
import dev.sampo.gradient.frame.ChunkFrameDecoder;
import dev.sampo.gradient.frame.MessageHeaderDecoder;
import java.lang.foreign.MemorySegment;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the frames of one stream, believing nothing in one until {@link #judge} has passed it.
 * Belongs to one stream and the agent thread.
 */
final class FrameReader {
  private static final long CHECKSUM_MASK = 0xffff_ffffL;

  private final ChecksumScope weakest;
  private final FrameBytes bytes = new FrameBytes();
  private final MessageHeaderDecoder message = new MessageHeaderDecoder();
  private final ChunkFrameDecoder chunk = new ChunkFrameDecoder();
  private final BeatFrameDecoder beat = new BeatFrameDecoder();

  /**
   * @param weakest {@code FRAME} where bytes come over a network, {@code HEADER} where they lie in
   *     memory that the sender shares with us
   */
  FrameReader(ChecksumScope weakest) {
    this.weakest = weakest;
  }

  /**
   * Judges a frame by itself.
   *
   * @return why it is no frame to be read further, or null if it is one
   */
  @Nullable Refusal judge(DirectBuffer frame, int at, int length) {
    if (length < MessageHeaderDecoder.ENCODED_LENGTH) {
      return Refusal.MALFORMED;
    }
    message.wrap(frame, at);
    if (message.schemaId() != MessageHeaderDecoder.SCHEMA_ID
        || message.version() != MessageHeaderDecoder.SCHEMA_VERSION) {
      return Refusal.MALFORMED;
    }
    return switch (message.templateId()) {
      case ChunkFrameDecoder.TEMPLATE_ID -> judgeChunk(frame, at, length);
      case BeatFrameDecoder.TEMPLATE_ID -> judgeBeat(frame, at, length);
      default -> Refusal.MALFORMED;
    };
  }

  private @Nullable Refusal judgeChunk(DirectBuffer frame, int at, int length) {
    if (length <= Frames.CHUNK_HEADER_LENGTH
        || message.blockLength() != ChunkFrameDecoder.BLOCK_LENGTH) {
      return Refusal.MALFORMED;
    }
    chunk.wrap(
        frame,
        at + MessageHeaderDecoder.ENCODED_LENGTH,
        ChunkFrameDecoder.BLOCK_LENGTH,
        ChunkFrameDecoder.SCHEMA_VERSION);
    boolean whole = chunk.coversRaw() == ChecksumScope.FRAME.value();
    boolean header =
        chunk.coversRaw() == ChecksumScope.HEADER.value() && weakest == ChecksumScope.HEADER;
    if (chunk.chunkLength() != length - Frames.CHUNK_HEADER_LENGTH || !(whole || header)) {
      return Refusal.MALFORMED;
    }
    int covered = whole ? length : Frames.CHUNK_HEADER_LENGTH;
    if (!hasChecksum(frame, at, covered, chunk.checksum())) {
      return Refusal.CHECKSUM;
    }
    return isPossible() ? null : Refusal.MALFORMED;
  }

  /** Whether the fields can be true together; a peer of ours with a fault may send what cannot. */
  private boolean isPossible() {
    long total = chunk.lengthBytes();
    long from = chunk.chunkOffset();
    Codec codec = Codec.ofCode(chunk.codec());
    return Kind.ofCode(chunk.kind()) != null
        && codec != null
        && chunk.reserved() == 0
        && chunk.shard() >= 0
        && chunk.firstSlot() >= 0
        && chunk.slots() >= 0
        && chunk.tensorOffset() >= 0
        && total >= 1
        && codec.takes(total)
        && from >= 0
        && from < total
        && codec.takes(from)
        && codec.encodedBytes(codec.decodedCapacity(chunk.chunkLength())) == chunk.chunkLength()
        && codec.decodedCapacity(chunk.chunkLength()) <= total - from;
  }

  private @Nullable Refusal judgeBeat(DirectBuffer frame, int at, int length) {
    if (length != Frames.BEAT_LENGTH || message.blockLength() != BeatFrameDecoder.BLOCK_LENGTH) {
      return Refusal.MALFORMED;
    }
    beat.wrap(
        frame,
        at + MessageHeaderDecoder.ENCODED_LENGTH,
        BeatFrameDecoder.BLOCK_LENGTH,
        BeatFrameDecoder.SCHEMA_VERSION);
    if (!hasChecksum(frame, at, length, beat.checksum())) {
      return Refusal.CHECKSUM;
    }
    return beat.reserved() == 0 ? null : Refusal.MALFORMED;
  }

  private boolean hasChecksum(DirectBuffer frame, int at, int covered, long expected) {
    int found = bytes.checksum(frame, at + Frames.CHECKED_OFFSET, covered - Frames.CHECKED_OFFSET);
    return (found & CHECKSUM_MASK) == expected;
  }

  /** What kind of frame was judged last. */
  boolean isBeat() {
    return message.templateId() == BeatFrameDecoder.TEMPLATE_ID;
  }

  /** The fields of a judged chunk. */
  ChunkFrameDecoder chunk() {
    return chunk;
  }

  /** The fields of a judged beat. */
  BeatFrameDecoder beat() {
    return beat;
  }

  Kind kind() {
    Kind kind = Kind.ofCode(chunk.kind());
    if (kind == null) {
      throw new IllegalStateException("a judged chunk has a kind: code=" + chunk.kind());
    }
    return kind;
  }

  Codec codec() {
    Codec codec = Codec.ofCode(chunk.codec());
    if (codec == null) {
      throw new IllegalStateException("a judged chunk has a codec: code=" + chunk.codec());
    }
    return codec;
  }

  /** The transfer that a judged chunk belongs to. */
  TransferHeader transfer() {
    return new TransferHeader(
        kind(),
        chunk.job(),
        chunk.step(),
        chunk.baseHash(),
        chunk.shard(),
        chunk.firstSlot(),
        chunk.slots(),
        chunk.tensorOffset(),
        chunk.lengthBytes(),
        codec());
  }

  /** How many bytes of the tensor a judged chunk holds. */
  int decodedLength() {
    return codec().decodedCapacity(chunk.chunkLength());
  }

  /** Writes a judged chunk's payload to where it belongs. */
  void copyOut(DirectBuffer frame, int at, MemorySegment to, long toAt) {
    MemorySegment memory = bytes.memory(frame);
    long payload = frame.wrapAdjustment() + (long) at + Frames.CHUNK_HEADER_LENGTH;
    codec().decode(memory, payload, to, toAt, decodedLength());
  }
}
