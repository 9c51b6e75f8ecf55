package dev.sampo.model;

import java.lang.foreign.MemorySegment;

/**
 * Reads one sequence token by token, keeping what it made of those before, so that each costs the
 * same. One thread at a time.
 */
public interface Decoder {
  /** Number of distinct tokens. */
  int vocabulary();

  /** Tokens that the sequence can have. */
  int capacity();

  /** Tokens that it has. */
  int length();

  /** Begins a new sequence. */
  void reset();

  /**
   * Takes the next tokens.
   *
   * @param tokens at least one, and no more than there is room for
   * @return the logits (vocabulary) of what follows the last, good until the next call
   */
  MemorySegment append(int[] tokens);
}
