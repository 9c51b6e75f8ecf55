package dev.sampo.device;

import java.lang.foreign.MemorySegment;

/**
 * One device that computes: tensors in its memory, and the kernels of a transformer over them.
 *
 * <p>Used by one thread at a time; a second one is refused. Every kernel has finished when its
 * method returns. Operands are row-major and native: f32, or, where a kernel says activations, of
 * the device's {@link #precision}. An output never overlaps an input unless the kernel says that it
 * works in place. Operands that are too small are refused before anything is written.
 */
public interface Device extends AutoCloseable {

  /** Stable epsilon added to a row's variance before its root is taken, as GPT-2 has it. */
  float LAYER_NORM_EPSILON = 1e-5f;

  /** What this device is, for logs and for kernel classes, such as {@code cpu-f32-onednn}. */
  String name();

  /** Number of threads that compute. Results do not depend on it. */
  int threads();

  /** How activations and the operands of products are kept. */
  Precision precision();

  /** What it is, for people. */
  DeviceFacts facts();

  /** Memory that was allocated from it, and what it took for its own work, in bytes. */
  long usedBytes();

  /**
   * Zeroed memory for {@code elements} floats, aligned to 64 bytes, that lives until the device is
   * closed; using it after that throws.
   */
  MemorySegment allocate(long elements);

  /** As {@link #allocate}, for activations: elements of the device's precision. */
  MemorySegment allocateActivations(long elements);

  /**
   * y = x, rounded to the device's precision.
   *
   * @param x f32
   * @param y activations; may be x on a device of f32, and then nothing is done
   */
  void round(long elements, MemorySegment x, MemorySegment y);

  /** This device's kernels of another kind of transformer, and of decoding. */
  RotaryKernels rotary();

  /** c = op(a) op(b). */
  void matMul(MatMul shape, MemorySegment a, MemorySegment b, MemorySegment c);

  /** c = op(a) op(b) + bias, the bias (n) in f32 and added to each row. */
  void matMulBias(
      MatMul shape, MemorySegment a, MemorySegment b, MemorySegment bias, MemorySegment c);

  /**
   * c = op(a) op(b) + bias + addend: the end of a residual path.
   *
   * @param shape of a full result
   * @param bias f32 (n)
   * @param addend f32 (m, n); not c
   * @param c out: f32 (m, n)
   */
  void matMulBiasAdd(
      MatMul shape,
      MemorySegment a,
      MemorySegment b,
      MemorySegment bias,
      MemorySegment addend,
      MemorySegment c);

  /**
   * before = op(a) op(b) + bias; after = gelu(before), in the tanh form of GPT-2: x sigmoid(2
   * sqrt(2/pi) (x + 0.044715 x^3)).
   *
   * @param shape of a rounded result
   * @param bias f32 (n)
   * @param before out: activations (m, n), which backward needs
   * @param after out: activations (m, n)
   */
  void matMulBiasGelu(
      MatMul shape,
      MemorySegment a,
      MemorySegment b,
      MemorySegment bias,
      MemorySegment before,
      MemorySegment after);

  /**
   * c = (op(a) op(b)) gelu'(before).
   *
   * @param shape of a rounded result
   * @param before activations (m, n): what {@link #matMulBiasGelu} wrote
   * @param c out: activations (m, n)
   */
  void matMulGeluBackward(
      MatMul shape, MemorySegment a, MemorySegment b, MemorySegment before, MemorySegment c);

  /** columnSums (width) = the sum over the rows of x (rows, width), both f32. */
  default void sumRows(Rows shape, MemorySegment x, MemorySegment columnSums) {
    sumRows(shape, Precision.F32, x, columnSums);
  }

  /**
   * columnSums (width) = the sum over the rows of x (rows, width): the gradient of a bias.
   *
   * @param precision of x: f32, or the device's
   * @param columnSums out: f32
   */
  void sumRows(Rows shape, Precision precision, MemorySegment x, MemorySegment columnSums);

  /** sum = a + b over {@code elements} f32; sum may be a or b. */
  void add(long elements, MemorySegment a, MemorySegment b, MemorySegment sum);

  /**
   * y = x where it is kept, divided by (1 - rate), and 0 where it is dropped; f32. Its own
   * gradient, with x for y's.
   *
   * @param y may be x
   */
  void dropout(long elements, Dropout dropout, MemorySegment x, MemorySegment y);

  /**
   * y = (x - mean) / sqrt(variance + epsilon) * gain + bias, row by row.
   *
   * @param x f32
   * @param y out: activations
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
   * those before it. Memory of its own is linear in the context: the weights of a tile at a time.
   *
   * @param dropout of the attention weights; its index runs over (batch, heads, context, context)
   * @param qkv activations (batch, context, inputWidth)
   * @param statistics out: f32 (batch, heads, context, 2): of each row of scores the largest, and
   *     one over the sum of the exponentials of the others' distance from it
   * @param out activations (batch, context, heads, headWidth)
   */
  void attention(
      AttentionShape shape,
      Dropout dropout,
      MemorySegment qkv,
      MemorySegment statistics,
      MemorySegment out);

  /**
   * Gradient of {@link #attention}.
   *
   * @param saved what forward took and gave
   * @param dOut activations: gradient at the output
   * @param dQkv out: activations: gradient at the input
   */
  void attentionBackward(
      AttentionShape shape,
      Dropout dropout,
      Attended saved,
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
   * @param logits f32 (rows, vocabulary); overwritten
   * @param targets i32 (rows), each in [0, vocabulary)
   * @param losses out: f32 (rows), in nats
   * @param gradient out: activations (rows, vocabulary): the gradient of the mean loss with respect
   *     to the logits; may be the logits on a device of f32
   */
  void crossEntropy(
      Rows shape,
      MemorySegment logits,
      MemorySegment targets,
      MemorySegment losses,
      MemorySegment gradient);

  /** As {@link #crossEntropy}, but leaves the logits alone and gives the losses only. */
  void crossEntropyLoss(
      Rows shape, MemorySegment logits, MemorySegment targets, MemorySegment losses);

  @Override
  void close();
}
