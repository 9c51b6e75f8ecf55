package dev.sampo.protocol;

/**
 * The last snapshot that people ordered.
 *
 * @param state how far it is
 * @param version of which it is; -1 while it is wanted
 * @param told where it lies, or why there is none; empty while it is wanted
 */
public record SnapshotOrder(State state, long version, String told) {
  public static final SnapshotOrder NONE = new SnapshotOrder(State.NONE, -1, "");

  /** Ordered, and of whichever version is committed next. */
  public static final SnapshotOrder WANTED = new SnapshotOrder(State.WANTED, -1, "");

  /** How far an ordered snapshot is. */
  public enum State {
    NONE,
    WANTED,
    /** It is whole, and visible. */
    TAKEN,
    FAILED
  }
}
