package dev.sampo.parameter.snapshot;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sampo.protocol.ShardRange;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * One shard's side as a safetensors file: the tensors {@code parameters}, {@code state.0}, ...,
 * each a flat F32 vector over the shard's range, one after another as a side travels.
 *
 * <pre>
 * 0        8               8 + n, a multiple of 64
 * +--------+---------------+------------+---------+---------+
 * | n, u64 | JSON, n bytes | parameters | state.0 | state.1 |
 * +--------+---------------+------------+---------+---------+
 * </pre>
 */
final class ShardTensors {
  private static final int ALIGNMENT = 64;
  private static final long CHUNK_BYTES = 64L << 20;
  private static final String F32 = "F32";

  private ShardTensors() {}

  /**
   * Writes and syncs a new file.
   *
   * @param side flat: parameters (n), then each kind of state (n)
   * @return its length in bytes
   */
  static long write(Path file, ObjectNode metadata, ShardRange range, MemorySegment side)
      throws IOException {
    if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      throw new IllegalStateException("tensors are written on little-endian machines");
    }
    ByteBuffer head = head(metadata, range, side.byteSize());
    long bytes = head.remaining() + side.byteSize();
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      writeFully(channel, head);
      for (long at = 0; at < side.byteSize(); at += CHUNK_BYTES) {
        long length = Math.min(CHUNK_BYTES, side.byteSize() - at);
        writeFully(channel, side.asSlice(at, length).asByteBuffer());
      }
      channel.force(true);
    }
    return bytes;
  }

  /**
   * Maps the tensors of a file: flat, as they were written.
   *
   * @param sideBytes their length, which must be what follows the header
   */
  @SuppressWarnings("restricted") // one kind of segment for the kernels, or they are slow
  static MemorySegment map(Path file, long sideBytes, Arena arena) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      channel.read(length, 0);
      long from = Long.BYTES + length.getLong(0);
      if (length.hasRemaining() || from < Long.BYTES || from != size - sideBytes) {
        throw new IOException(
            "a shard's file holds its header and its tensors: file="
                + file
                + ", bytes="
                + size
                + ", tensorsFrom="
                + from
                + ", tensorBytes="
                + sideBytes);
      }
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
      return MemorySegment.ofAddress(mapped.address())
          .reinterpret(size, arena, null)
          .asReadOnly()
          .asSlice(from);
    }
  }

  private static ByteBuffer head(ObjectNode metadata, ShardRange range, long sideBytes) {
    ObjectNode header = new ObjectMapper().createObjectNode();
    header.set("__metadata__", metadata);
    long planeBytes = range.parameters() * Float.BYTES;
    for (long at = 0; at < sideBytes; at += planeBytes) {
      ObjectNode tensor =
          header.putObject(at == 0 ? "parameters" : "state." + (at / planeBytes - 1));
      tensor.put("dtype", F32);
      tensor.putArray("shape").add(range.parameters());
      tensor.putArray("data_offsets").add(at).add(at + planeBytes);
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    int from = (Long.BYTES + json.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    byte[] padded = Arrays.copyOf(json, from - Long.BYTES);
    Arrays.fill(padded, json.length, padded.length, (byte) ' ');
    ByteBuffer head = ByteBuffer.allocate(from).order(ByteOrder.LITTLE_ENDIAN);
    return head.putLong(padded.length).put(padded).flip();
  }

  private static void writeFully(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
