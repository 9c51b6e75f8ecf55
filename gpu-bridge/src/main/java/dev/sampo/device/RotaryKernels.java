package dev.sampo.device;

import java.lang.foreign.MemorySegment;

/**
 * Kernels of transformers with rotary positions, RMS norm, gated feed-forward parts and grouped
 * heads, and of decoding token by token. The rules of {@link Device} hold.
 *
 * <p>Queries, keys and values of a token lie packed in one row, first all heads' queries, then the
 * keys of the fewer key heads, then their values; with as many key heads as heads that is the row
 * of {@link Device#attention}.
 */
public interface RotaryKernels {

  /**
   * y = x / sqrt(mean(x^2) + epsilon) * gain, row by row (Zhang and Sennrich, 2019).
   *
   * @param x f32
   * @param y out: activations
   * @param scales (rows), out: what each row was multiplied by
   */
  void rmsNorm(
      RmsShape shape, MemorySegment x, MemorySegment gain, MemorySegment y, MemorySegment scales);

  /**
   * Adds the gradient at the input to {@code dx} and sets the gradient of the gain.
   *
   * @param saved the forward pass's input and scales
   * @param gain the forward pass's gain, (width)
   * @param dy gradient at the output, (rows, width)
   * @param dx gradient at the input; added to, because a residual path ends there
   * @param dGain (width), out
   */
  void rmsNormBackward(
      RmsShape shape,
      Normalised saved,
      MemorySegment gain,
      MemorySegment dy,
      MemorySegment dx,
      MemorySegment dGain);

  /**
   * Turns the first heads of each row by its position, in place: elements j and j + headWidth / 2
   * of a head are the two coordinates of a point (Su and others, 2021, in the order of LLaMA's
   * published weights).
   *
   * @param rows activations (rows, stride)
   * @param table (context or more, 2, headWidth / 2): cosines, then sines, of each position
   */
  void rotate(RotaryShape shape, Turn turn, MemorySegment rows, MemorySegment table);

  /** Which way {@link #rotate} turns; the gradient of one way is the other. */
  enum Turn {
    FORWARD,
    BACKWARD
  }

  /**
   * y = silu(gate) up, with silu(x) = x sigmoid(x) (Shazeer, 2020).
   *
   * @param shape rows and the width of y
   * @param gateUp activations (rows, 2, width): gate, then up
   * @param y out: activations
   */
  void siluGate(Rows shape, MemorySegment gateUp, MemorySegment y);

  /**
   * Gradient of {@link #siluGate}.
   *
   * @param dy activations: gradient at the output
   * @param dGateUp out: activations: gradient at the input
   */
  void siluGateBackward(Rows shape, MemorySegment gateUp, MemorySegment dy, MemorySegment dGateUp);

  /** x (batch, context, width) = table[token]. */
  void embedTokens(
      EmbeddingShape shape, MemorySegment tokens, MemorySegment table, MemorySegment x);

  /** Adds the gradient of the table, because a tied output head may have written its part. */
  void embedTokensBackward(
      EmbeddingShape shape, MemorySegment tokens, MemorySegment dx, MemorySegment dTable);

  /**
   * Attention of the next rows of one sequence: stores their keys and values behind those before
   * them, and lets each row see all up to itself.
   *
   * @param qkv activations (rows, heads + 2 keyHeads, headWidth)
   * @param cache of the rows before, and room for these
   * @param out activations (rows, heads, headWidth)
   */
  void cachedAttention(CachedShape shape, MemorySegment qkv, KeyValues cache, MemorySegment out);

  /**
   * Keys and values of a sequence so far, activations, each (keyHeads, capacity, headWidth).
   *
   * @param keys of each key head, one after another
   * @param values likewise
   */
  record KeyValues(MemorySegment keys, MemorySegment values) {}
}
