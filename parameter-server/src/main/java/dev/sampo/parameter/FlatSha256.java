package dev.sampo.parameter;

import dev.sampo.protocol.Digest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;

/**
 * SHA-256 of off-heap bytes: what people compare models by, since any tool computes it. Shards use
 * {@link SideHash}, which is ten times as fast and more.
 */
public final class FlatSha256 {
  private static final int CHUNK_BYTES = 64 * 1024;

  private FlatSha256() {}

  public static Digest of(MemorySegment bytes) {
    MessageDigest sha256 = Digest.sha256();
    byte[] chunk = new byte[CHUNK_BYTES];
    long size = bytes.byteSize();
    for (long at = 0; at < size; at += CHUNK_BYTES) {
      int length = (int) Math.min(CHUNK_BYTES, size - at);
      MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, chunk, 0, length);
      sha256.update(chunk, 0, length);
    }
    return Digest.of(sha256.digest());
  }
}
