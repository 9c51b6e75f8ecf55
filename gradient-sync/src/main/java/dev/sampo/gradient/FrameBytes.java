package dev.sampo.gradient;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the memory under Aeron's buffers as a segment, for codecs, and as a byte buffer, for the
 * JDK's CRC32C (an intrinsic, and it takes no segment). The views are kept until other memory comes
 * along, which is when a stream's log changes: so nothing is allocated for a chunk. Belongs to one
 * stream and the agent thread.
 */
final class FrameBytes {
  private final CRC32C crc = new CRC32C();
  private @Nullable ByteBuffer source;
  private ByteBuffer bytes = ByteBuffer.allocate(0);
  private MemorySegment segment = MemorySegment.NULL;

  int checksum(DirectBuffer buffer, int index, int length) {
    look(buffer);
    int from = buffer.wrapAdjustment() + index;
    bytes.limit(from + length).position(from);
    crc.reset();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  /** All memory under the buffer, whose own bytes begin at {@code buffer.wrapAdjustment()}. */
  MemorySegment memory(DirectBuffer buffer) {
    look(buffer);
    return segment;
  }

  // Two equal buffers may be two memories: only the very same one may keep its views.
  @SuppressWarnings({"ReferenceEquality", "restricted"})
  private void look(DirectBuffer buffer) {
    ByteBuffer under = buffer.byteBuffer();
    if (under == null) {
      throw new IllegalStateException(
          "a frame lies in a byte buffer: capacity=" + buffer.capacity());
    }
    if (under != source) {
      source = under;
      bytes = under.duplicate().clear();
      // Not ofBuffer: vector kernels that meet mapped and native segments alike are several times
      // slower. The buffer is kept beside it, so the memory stays.
      segment = MemorySegment.ofAddress(BufferUtil.address(under)).reinterpret(under.capacity());
    }
  }
}
