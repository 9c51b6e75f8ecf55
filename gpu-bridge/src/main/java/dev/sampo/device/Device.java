package dev.sampo.device;

import java.lang.foreign.MemorySegment;

/**
 * One device that computes: tensors in its memory, and the kernels of a transformer over them.
 *
 * <p>Used by one thread at a time; a second one is refused. Every kernel has finished when its
 * method returns. Operands are f32, row-major and native; an output never overlaps an input unless
 * the kernel says that it works in place. Operands that are too small are refused before anything
 * is written.
 */
public interface Device extends AutoCloseable {

  /** Stable epsilon added to a row's variance before its root is taken, as GPT-2 has it. */
  float LAYER_NORM_EPSILON = 1e-5f;

  /** What this device is, for logs and for kernel classes, such as {@code cpu-f32-onednn}. */
  String name();

  /** Number of threads that compute. Results do not depend on it. */
  int threads();

  /**
   * Zeroed memory for {@code elements} floats, aligned to 64 bytes, that lives until the device is
   * closed; using it after that throws.
   */
  MemorySegment allocate(long elements);

  /** This device's kernels of another kind of transformer, and of decoding. */
  RotaryKernels rotary();

  /** c = op(a) op(b). */
  void matMul(MatMul shape, MemorySegment a, MemorySegment b, MemorySegment c);

  /** c = op(a) op(b) + bias, the bias (n) added to each row. */
  void matMulBias(
      MatMul shape, MemorySegment a, MemorySegment b, MemorySegment bias, MemorySegment c);

  /** columnSums (width) = the sum over the rows of x (rows, width): the gradient of a bias. */
  void sumRows(Rows shape, MemorySegment x, MemorySegment columnSums);

  /** sum = a + b over {@code elements}; sum may be a or b. */
  void add(long elements, MemorySegment a, MemorySegment b, MemorySegment sum);

  /** y = gelu(x) in the tanh form of GPT-2, x sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3)). */
  void gelu(long elements, MemorySegment x, MemorySegment y);

  /** dx = dy gelu'(x); dx may be dy. */
  void geluBackward(long elements, MemorySegment x, MemorySegment dy, MemorySegment dx);

  /**
   * y = (x - mean) / sqrt(variance + epsilon) * gain + bias, row by row.
   *
   * @param statistics (rows, 2), out: mean and reciprocal standard deviation of each row
   */
  void layerNorm(
      Rows shape, MemorySegment x, Affine affine, MemorySegment y, MemorySegment statistics);

  /**
   * Adds the gradient at the input to {@code dx} and sets the gradients of gain and bias.
   *
   * @param saved the forward pass's input and statistics
   * @param gain the forward pass's gain, (width)
   * @param dy gradient at the output, (rows, width)
   * @param dx gradient at the input, (rows, width); added to, because a residual path ends there
   * @param gradient out: gradients of gain and bias
   */
  void layerNormBackward(
      Rows shape,
      Normalised saved,
      MemorySegment gain,
      MemorySegment dy,
      MemorySegment dx,
      Affine gradient);

  /**
   * Causal self-attention: out = softmax(Q Kᵀ / sqrt(headWidth)) V, each token seeing itself and
   * those before it.
   *
   * @param qkv (batch, context, 3, heads, headWidth)
   * @param weights out: (batch, heads, context, context), zero above the diagonal
   * @param out (batch, context, heads, headWidth)
   */
  void attention(AttentionShape shape, MemorySegment qkv, MemorySegment weights, MemorySegment out);

  /**
   * Gradient of {@link #attention}.
   *
   * @param qkv the forward pass's input
   * @param weights the forward pass's attention weights
   * @param dOut gradient at the output
   * @param dQkv out: gradient at the input
   */
  void attentionBackward(
      AttentionShape shape,
      MemorySegment qkv,
      MemorySegment weights,
      MemorySegment dOut,
      MemorySegment dQkv);

  /**
   * x (batch, context, width) = tokenTable[token] + positionTable[position].
   *
   * @param tokens i32 (batch, context), each in [0, vocabulary)
   * @param tokenTable (vocabulary, width)
   * @param positionTable (context or more, width)
   */
  void embed(
      EmbeddingShape shape,
      MemorySegment tokens,
      MemorySegment tokenTable,
      MemorySegment positionTable,
      MemorySegment x);

  /**
   * Gradients of the two tables.
   *
   * @param dx gradient at the embedded tokens
   * @param dTokenTable added to, because a tied output head has written its part already
   * @param dPositionTable its first {@code context} rows are set
   */
  void embedBackward(
      EmbeddingShape shape,
      MemorySegment tokens,
      MemorySegment dx,
      MemorySegment dTokenTable,
      MemorySegment dPositionTable);

  /**
   * Softmax cross-entropy of each row against its target, and its gradient.
   *
   * @param shape rows and vocabulary
   * @param logits in: (rows, vocabulary); out: the gradient of the mean loss with respect to them
   * @param targets i32 (rows), each in [0, vocabulary)
   * @param losses out: (rows), in nats
   */
  void crossEntropy(Rows shape, MemorySegment logits, MemorySegment targets, MemorySegment losses);

  /** As {@link #crossEntropy}, but leaves the logits alone and gives the losses only. */
  void crossEntropyLoss(
      Rows shape, MemorySegment logits, MemorySegment targets, MemorySegment losses);

  @Override
  void close();
}
