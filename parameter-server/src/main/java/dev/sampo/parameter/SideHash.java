package dev.sampo.parameter;

import dev.sampo.protocol.Digest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;

/**
 * SHA-256 of off-heap floats as they lie in memory (little-endian), through one chunk of heap that
 * is kept: nothing is allocated for each step but the digests. Belongs to the shard's thread.
 *
 * <p>The state's digest runs over all of the first kind, then all of the second, so it depends
 * neither on the size of blocks nor on whether the side lies flat.
 */
public final class SideHash {
  private static final int CHUNK_BYTES = 64 * 1024;

  private final MessageDigest sha256 = Digest.sha256();
  private final byte[] chunk = new byte[CHUNK_BYTES];

  /** The digest of all bytes of a segment. */
  public Digest of(MemorySegment bytes) {
    update(bytes);
    return finish();
  }

  Digest parametersOf(Side side) {
    for (Block block : side.blocks()) {
      update(block.parameters());
    }
    return finish();
  }

  Digest stateOf(Side side) {
    for (int kind = 0; kind < side.stateFloats(); kind++) {
      for (Block block : side.blocks()) {
        update(block.state().get(kind));
      }
    }
    return finish();
  }

  private void update(MemorySegment bytes) {
    long size = bytes.byteSize();
    for (long at = 0; at < size; at += CHUNK_BYTES) {
      int length = (int) Math.min(CHUNK_BYTES, size - at);
      MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, chunk, 0, length);
      sha256.update(chunk, 0, length);
    }
  }

  private Digest finish() {
    return Digest.of(sha256.digest());
  }
}
