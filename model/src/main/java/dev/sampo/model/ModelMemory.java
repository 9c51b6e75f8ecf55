package dev.sampo.model;

import dev.sampo.device.Precision;

/**
 * What a model takes of its device's memory, with room for one batch, computed beforehand: a pure
 * function of what is in a job. A test holds it against what the device counts.
 *
 * @param parameterBytes the parameters in the device's precision, if that is not f32
 * @param borderBytes the residual stream between the blocks, kept always
 * @param blockBytes what blocks keep for backward: once for each, or once for all
 * @param endBytes the two ends of the model, logits before all, and backward's own room
 */
public record ModelMemory(long parameterBytes, long borderBytes, long blockBytes, long endBytes) {
  /** What a device's kernels want for themselves, for each thread, whatever the model is. */
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
    return switch (precision) {
      case F32 -> WORK_BYTES;
      case BF16 -> WORK_BYTES + rows * WORK_BYTES_PER_ROUNDED_ROW;
    };
  }

  /** All of it. */
  public long bytes() {
    return parameterBytes + borderBytes + blockBytes + endBytes;
  }
}
