package dev.sampo.model;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;

/**
 * Room for the sequences of one micro-batch: each token and the token that follows it. Whoever made
 * the memory owns it; one thread at a time.
 */
public final class TokenBatch {
  private final int sequences;
  private final int context;
  private final MemorySegment inputs;
  private final MemorySegment targets;

  /**
   * @param sequences number of sequences
   * @param context tokens of a sequence
   * @param inputs i32 (sequences, context)
   * @param targets i32 (sequences, context)
   */
  public TokenBatch(int sequences, int context, MemorySegment inputs, MemorySegment targets) {
    this.sequences = sequences;
    this.context = context;
    this.inputs = inputs;
    this.targets = targets;
    long bytes = (long) sequences * context * Integer.BYTES;
    if (inputs.byteSize() < bytes || targets.byteSize() < bytes) {
      throw new IllegalArgumentException(
          "too little room for a token batch: wantedBytes=%d, inputs=%d, targets=%d"
              .formatted(bytes, inputs.byteSize(), targets.byteSize()));
    }
  }

  /** Number of sequences. */
  public int sequences() {
    return sequences;
  }

  /** Tokens of a sequence. */
  public int context() {
    return context;
  }

  /** i32 (sequences, context). */
  public MemorySegment inputs() {
    return inputs;
  }

  /** i32 (sequences, context): of each input the token that follows. */
  public MemorySegment targets() {
    return targets;
  }

  /**
   * Sets a token of a window of context + 1: it is the input at its place, the target before it.
   */
  public void set(int sequence, int place, int token) {
    long row = (long) sequence * context;
    if (place < context) {
      inputs.setAtIndex(JAVA_INT, row + place, token);
    }
    if (place > 0) {
      targets.setAtIndex(JAVA_INT, row + place - 1, token);
    }
  }
}
