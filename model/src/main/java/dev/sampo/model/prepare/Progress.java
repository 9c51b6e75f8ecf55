package dev.sampo.model.prepare;

/** Hears how far a preparation is, after each document; called often. */
@FunctionalInterface
public interface Progress {
  /**
   * How far it is.
   *
   * @param bytes of the inputs that are behind
   * @param documents written
   * @param tokens written
   */
  void reached(long bytes, long documents, long tokens);
}
