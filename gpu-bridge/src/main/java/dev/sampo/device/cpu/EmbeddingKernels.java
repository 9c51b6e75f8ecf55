package dev.sampo.device.cpu;

import dev.sampo.device.EmbeddingShape;
import java.lang.foreign.MemorySegment;

/**
 * Embedding on a device's threads, with a table of positions and without. Called by one thread at a
 * time; a kernel's operands lie in fields until it is done.
 */
final class EmbeddingKernels {
  private static final MemorySegment NONE = MemorySegment.NULL;
  private static final EmbeddingShape NO_SHAPE = new EmbeddingShape(1, 1, 1, 1);

  private final Split split;
  private final OperandCheck operands;
  private final Split.Row tokensAtPositions = this::tokenAtPosition;
  private final Split.Row tokensAlone = this::token;
  private final Split.Range tokenGradient = this::tokenGradient;
  private final Split.Row positionGradient = this::positionGradient;

  private EmbeddingShape shape = NO_SHAPE;
  private MemorySegment tokens = NONE;
  private MemorySegment tokenTable = NONE; // or its gradient
  private MemorySegment positionTable = NONE; // or its gradient
  private MemorySegment x = NONE; // or its gradient

  EmbeddingKernels(Split split, OperandCheck operands) {
    this.split = split;
    this.operands = operands;
  }

  void embed(
      EmbeddingShape shape,
      MemorySegment tokens,
      MemorySegment tokenTable,
      MemorySegment positionTable,
      MemorySegment x) {
    takePositions(shape, positionTable);
    take(shape, tokens, tokenTable, x);
    split.rows(shape.batch() * shape.context(), 0, tokensAtPositions);
  }

  private void tokenAtPosition(int row, MemorySegment line) {
    Embedding.forward(shape, tokens, tokenTable, positionTable, x, row);
  }

  void embedBackward(
      EmbeddingShape shape,
      MemorySegment tokens,
      MemorySegment dx,
      MemorySegment dTokenTable,
      MemorySegment dPositionTable) {
    takePositions(shape, dPositionTable);
    embedTokensBackward(shape, tokens, dx, dTokenTable);
    split.rows(shape.context(), 0, positionGradient);
  }

  private void positionGradient(int position, MemorySegment line) {
    Embedding.position(shape, x, positionTable, position);
  }

  void embedTokens(
      EmbeddingShape shape, MemorySegment tokens, MemorySegment table, MemorySegment x) {
    take(shape, tokens, table, x);
    split.rows(shape.batch() * shape.context(), 0, tokensAlone);
  }

  private void token(int row, MemorySegment line) {
    Embedding.token(shape, tokens, tokenTable, x, row);
  }

  void embedTokensBackward(
      EmbeddingShape shape, MemorySegment tokens, MemorySegment dx, MemorySegment dTable) {
    take(shape, tokens, dTable, dx);
    split.columns(shape.width(), tokenGradient);
  }

  private void tokenGradient(long from, long to) {
    Embedding.tokenColumns(shape, tokens, x, tokenTable, (int) from, (int) to);
  }

  private void takePositions(EmbeddingShape shape, MemorySegment table) {
    operands.check("position table", table, (long) shape.context() * shape.width());
    positionTable = table;
  }

  private void take(
      EmbeddingShape shape, MemorySegment tokens, MemorySegment table, MemorySegment x) {
    long rows = (long) shape.batch() * shape.context();
    operands.check("tokens", tokens, rows);
    operands.check("token table", table, (long) shape.vocabulary() * shape.width());
    operands.check("x", x, rows * shape.width());
    Embedding.check(shape, tokens);
    this.shape = shape;
    this.tokens = tokens;
    tokenTable = table;
    this.x = x;
  }
}
