package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.sampo.device.EmbeddingShape;
import java.lang.foreign.MemorySegment;

/**
 * Token and position embedding. Its gradient is cut by columns, so that two places of one token
 * never meet in two threads; each column is summed in the order of the tokens.
 */
final class Embedding {
  private Embedding() {}

  static void check(EmbeddingShape shape, MemorySegment tokens) {
    for (int i = 0; i < shape.batch() * shape.context(); i++) {
      int token = tokens.getAtIndex(JAVA_INT, i);
      if (token < 0 || token >= shape.vocabulary()) {
        throw new IllegalArgumentException(
            "a token lies in the vocabulary: index=%d, token=%d, vocabulary=%d"
                .formatted(i, token, shape.vocabulary()));
      }
    }
  }

  /** One row of x: a token at its position. */
  static void forward(
      EmbeddingShape shape,
      MemorySegment tokens,
      MemorySegment tokenTable,
      MemorySegment positionTable,
      MemorySegment x,
      int row) {
    int width = shape.width();
    long token = tokens.getAtIndex(JAVA_INT, row);
    long position = row % shape.context();
    Elementwise.sum(
        tokenTable, token * width, positionTable, position * width, x, (long) row * width, width);
  }

  /** Copies the table's row of one token. */
  static void token(
      EmbeddingShape shape, MemorySegment tokens, MemorySegment table, MemorySegment x, int row) {
    long bytes = (long) shape.width() * Float.BYTES;
    long token = tokens.getAtIndex(JAVA_INT, row);
    MemorySegment.copy(table, token * bytes, x, row * bytes, bytes);
  }

  /** Adds to columns [from, to) of the token table's gradient. */
  static void tokenColumns(
      EmbeddingShape shape,
      MemorySegment tokens,
      MemorySegment dx,
      MemorySegment dTokenTable,
      int from,
      int to) {
    int rows = shape.batch() * shape.context();
    for (int row = 0; row < rows; row++) {
      long token = tokens.getAtIndex(JAVA_INT, row);
      long at = token * shape.width() + from;
      Elementwise.addInto(dTokenTable, at, dx, (long) row * shape.width() + from, to - from);
    }
  }

  /** Sets one row of the position table's gradient. */
  static void position(
      EmbeddingShape shape, MemorySegment dx, MemorySegment dPositionTable, int position) {
    int width = shape.width();
    long at = (long) position * width;
    Elementwise.zero(dPositionTable, at, width);
    for (int sequence = 0; sequence < shape.batch(); sequence++) {
      long row = (long) sequence * shape.context() + position;
      Elementwise.addInto(dPositionTable, at, dx, row * width, width);
    }
  }
}
