package dev.sampo.model.gpt;

import dev.sampo.device.Precision;

/**
 * What a model takes of its device's memory, computed beforehand: a pure function of what is in a
 * job. A test holds it against what the device counts.
 *
 * @param parameterBytes the parameters in the device's precision, if that is not f32
 * @param borderBytes the residual stream between the blocks, kept always
 * @param blockBytes what blocks keep for backward: once for each, or once for all
 * @param endBytes the two ends of the model, logits before all, and backward's own room
 */
public record GptMemory(long parameterBytes, long borderBytes, long blockBytes, long endBytes) {
  private static final long WORK_BYTES = 3L << 20;

  /** oneDNN's copies of both operands of a weight's gradient, where its kernels are AMX's. */
  private static final long WORK_BYTES_PER_ROUNDED_ROW = 2304;

  /**
   * What a device's kernels want for themselves at most, for each thread: measured, and less on
   * processors whose products need no copies.
   *
   * @param rows of a micro-batch: sequences times context
   */
  public static long workBytes(Precision precision, long rows) {
    return precision == Precision.F32 ? WORK_BYTES : WORK_BYTES + rows * WORK_BYTES_PER_ROUNDED_ROW;
  }

  /**
   * The memory of a model.
   *
   * @param sequences sequences of a micro-batch
   */
  public static GptMemory of(
      GptShape shape, int sequences, Precision precision, GptOptions options) {
    long r = (long) sequences * shape.context();
    long narrow = r * shape.width();
    boolean full = precision == Precision.F32;
    long e = precision.bytes();
    long f = Float.BYTES;
    long softmax = 2 * r * shape.heads() * f;
    long block = 4 * r * f + softmax + narrow * f + (3 + 1 + 1 + 1 + 4 + 4) * narrow * e;
    long kept = options.activations() == GptOptions.Activations.KEPT ? shape.layers() : 1;
    long logits = r * shape.vocabulary();
    long ends = 2 * r * f + narrow * e + logits * f + (full ? 0 : logits * e) + r * f;
    long batch = 2 * r * Integer.BYTES;
    long backward = 3 * narrow * f + 4 * narrow * e + (full ? 0 : narrow * e);
    long dropped = options.dropout() > 0 ? narrow * f : 0;
    return new GptMemory(
        full ? 0 : shape.layout().total() * e,
        (shape.layers() + 1L) * narrow * f,
        kept * block,
        ends + batch + backward + dropped);
  }

  /** All of it. */
  public long bytes() {
    return parameterBytes + borderBytes + blockBytes + endBytes;
  }
}
