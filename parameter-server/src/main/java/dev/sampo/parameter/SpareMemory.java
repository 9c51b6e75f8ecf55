package dev.sampo.parameter;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Off-heap memory for copies of one shard's side, of which some that are not in use are kept: to
 * have the system give and clear new memory takes five times as long as to copy a side into it. Any
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
  private final int most;
  private final Deque<Piece> spare = new ArrayDeque<>();
  private boolean closed;

  /**
   * @param most pieces that are kept
   */
  SpareMemory(long bytes, int most) {
    this.bytes = bytes;
    this.most = most;
  }

  /** Memory with undefined content, the caller's to give back. */
  Piece take() {
    synchronized (this) {
      Piece kept = spare.poll();
      if (kept != null) {
        return kept;
      }
    }
    return new Piece(bytes);
  }

  void giveBack(Piece piece) {
    synchronized (this) {
      if (!closed && spare.size() < most) {
        spare.push(piece);
        return;
      }
    }
    piece.arena.close();
  }

  @Override
  public void close() {
    List<Piece> kept;
    synchronized (this) {
      closed = true;
      kept = List.copyOf(spare);
      spare.clear();
    }
    kept.forEach(piece -> piece.arena.close());
  }
}
