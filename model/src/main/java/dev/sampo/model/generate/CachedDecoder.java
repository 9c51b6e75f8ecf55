package dev.sampo.model.generate;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.sampo.device.Device;
import dev.sampo.model.Decoder;
import java.lang.foreign.MemorySegment;

/**
 * Cuts what comes into runs of rows whose numbers are powers of two, so that a device needs few
 * plans, and hands them to a family's layers, which keep keys and values.
 */
public final class CachedDecoder implements Decoder {
  /** Most rows of a run. */
  public static final int MOST_ROWS = 64;

  private final Layers layers;
  private final int vocabulary;
  private final int capacity;
  private final MemorySegment tokens;
  private int length;

  /** A family's layers over one sequence. */
  @FunctionalInterface
  public interface Layers {
    /**
     * Takes rows of tokens behind those taken before.
     *
     * @param tokens i32 (rows)
     * @param start tokens before them
     * @param rows a power of two, at most {@value #MOST_ROWS}
     * @return the logits (vocabulary) of what follows the last
     */
    MemorySegment take(MemorySegment tokens, int start, int rows);
  }

  /**
   * A decoder over layers.
   *
   * @param capacity tokens of the sequence at most
   */
  public CachedDecoder(Device device, Layers layers, int vocabulary, int capacity) {
    this.layers = layers;
    this.vocabulary = vocabulary;
    this.capacity = capacity;
    tokens = device.allocate(MOST_ROWS);
  }

  @Override
  public int vocabulary() {
    return vocabulary;
  }

  @Override
  public int capacity() {
    return capacity;
  }

  @Override
  public int length() {
    return length;
  }

  @Override
  public void reset() {
    length = 0;
  }

  @Override
  public MemorySegment append(int[] next) {
    if (next.length == 0 || next.length > capacity - length) {
      throw new IllegalArgumentException(
          "a decoder takes at least one token and has room for all: tokens=%d, length=%d, capacity=%d"
              .formatted(next.length, length, capacity));
    }
    MemorySegment logits = MemorySegment.NULL;
    for (int at = 0; at < next.length; ) {
      int rows = Math.min(MOST_ROWS, Integer.highestOneBit(next.length - at));
      MemorySegment.copy(next, at, tokens, JAVA_INT, 0, rows);
      logits = layers.take(tokens, length, rows);
      length += rows;
      at += rows;
    }
    return logits;
  }
}
