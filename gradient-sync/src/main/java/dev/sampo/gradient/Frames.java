package dev.sampo.gradient;

import dev.sampo.gradient.frame.BeatFrameDecoder;
import dev.sampo.gradient.frame.ChunkFrameDecoder;
import dev.sampo.gradient.frame.MessageHeaderDecoder;

/** Lengths of the frames, which {@code src/main/sbe/frames.xml} describes. */
final class Frames {
  /** The checksum covers what follows its own four bytes, the first of each block. */
  static final int CHECKSUM_OFFSET = MessageHeaderDecoder.ENCODED_LENGTH;

  static final int CHECKED_OFFSET = CHECKSUM_OFFSET + Integer.BYTES;

  /** What stands before a chunk's payload. */
  static final int CHUNK_HEADER_LENGTH =
      MessageHeaderDecoder.ENCODED_LENGTH + ChunkFrameDecoder.BLOCK_LENGTH;

  static final int BEAT_LENGTH =
      MessageHeaderDecoder.ENCODED_LENGTH + BeatFrameDecoder.BLOCK_LENGTH;

  /** Payloads are multiples of this, but for a transfer's last: a number is never cut in two. */
  private static final int CHUNK_ALIGNMENT = 32;

  private Frames() {}

  /** The largest payload of a chunk in messages of this length. */
  static int chunkCapacity(int messageLength) {
    int capacity = (messageLength - CHUNK_HEADER_LENGTH) & -CHUNK_ALIGNMENT;
    if (capacity <= 0) {
      throw new IllegalArgumentException(
          "a message holds a header and some payload: messageLength=" + messageLength);
    }
    return capacity;
  }
}
