package dev.sampo.parameter;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Off-heap memory for copies of one shard's side, of which one that is not in use is kept: to have
 * the system give and clear new memory takes five times as long as to copy a side into it. Any
 * thread may give back; whatever is out when this is closed is freed when it comes back.
 */
final class SpareMemory implements AutoCloseable {
  private static final long LINE_BYTES = 64;

  /** Memory with an arena of its own. */
  static final class Piece {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;

    private Piece(long bytes) {
      this.segment = arena.allocate(bytes, LINE_BYTES);
    }

    MemorySegment segment() {
      return segment;
    }
  }

  private final long bytes;
  private @Nullable Piece spare;
  private boolean closed;

  SpareMemory(long bytes) {
    this.bytes = bytes;
  }

  /** Memory with undefined content, the caller's to give back. */
  Piece take() {
    synchronized (this) {
      Piece kept = spare;
      if (kept != null) {
        spare = null;
        return kept;
      }
    }
    return new Piece(bytes);
  }

  void giveBack(Piece piece) {
    synchronized (this) {
      if (!closed && spare == null) {
        spare = piece;
        return;
      }
    }
    piece.arena.close();
  }

  @Override
  public void close() {
    Piece kept;
    synchronized (this) {
      closed = true;
      kept = spare;
      spare = null;
    }
    if (kept != null) {
      kept.arena.close();
    }
  }
}
