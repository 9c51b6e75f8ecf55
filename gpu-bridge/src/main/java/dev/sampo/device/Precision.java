package dev.sampo.device;

/**
 * How a device keeps activations, and the operands of its matrix products. Sums are always f32, and
 * so are gradients, the residual stream, the loss, and the parameters that an optimizer keeps;
 * those that a device is given are rounded to it beforehand.
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

  /**
   * The one that is written so.
   *
   * @throws IllegalArgumentException for any other word
   */
  public static Precision ofWord(String word) {
    for (Precision precision : values()) {
      if (precision.word().equals(word)) {
        return precision;
      }
    }
    throw new IllegalArgumentException("a precision is f32 or bf16: found=" + word);
  }
}
