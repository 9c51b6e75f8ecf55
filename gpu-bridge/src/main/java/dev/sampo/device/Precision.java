package dev.sampo.device;

/**
 * How a device keeps activations, and the operands of its matrix products. Sums are always f32, and
 * so are parameters, their gradients, the residual stream and the loss.
 */
public enum Precision {
  /** IEEE 754 single precision. */
  F32(4),
  /**
   * The upper half of an f32: eight bits of significand. Values are rounded to nearest, ties to
   * even.
   */
  BF16(2);

  private final int bytes;

  Precision(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** As settings and kernel classes write it: {@code f32}, {@code bf16}. */
  public String word() {
    return switch (this) {
      case F32 -> "f32";
      case BF16 -> "bf16";
    };
  }
}
