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

  /** Of an f32 in three parts, where products run on AMX. */
  private static final int PACKED_BYTES = 6;

  /** Along the sums of a product, this much of an operand is packed at once. */
  private static final int PACKED_LENGTH = 3072;

  /** It is packed in squares of this side. */
  private static final int PACKED_SIDE = 32;

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

  /**
   * What products of f32 want at most, once a device: the smaller operand of each, packed. None on
   * processors that need no copies.
   *
   * @param rows of a micro-batch: sequences times context
   * @param width of the residual stream
   */
  public static long packedBytes(Precision precision, long rows, int width) {
    long height = Math.ceilDiv(rows, PACKED_SIDE) * (long) PACKED_SIDE;
    long across = Math.ceilDiv(width, PACKED_SIDE) * (long) PACKED_SIDE;
    return switch (precision) {
      case F32 ->
          Math.min(height, across)
              * Math.max(PACKED_LENGTH, Math.max(height, across))
              * PACKED_BYTES;
      case BF16 -> 0;
    };
  }

  /** All of it. */
  public long bytes() {
    return parameterBytes + borderBytes + blockBytes + endBytes;
  }
}
