package dev.sampo.config;

/**
 * The shape of the model.
 *
 * @param family architecture
 * @param layers transformer blocks
 * @param heads attention heads of a block; divides the width
 * @param width length of a token's vector
 * @param context tokens of a sequence
 * @param dropout rate at which training drops activations
 * @param precision of activations and of the operands of products
 */
public record ModelConfig(
    Family family,
    int layers,
    int heads,
    int width,
    int context,
    double dropout,
    Precision precision) {
  /** The architectures that Sampo can train. */
  public enum Family {
    /** GPT-2: learned positions, layer norm before each part, GELU. */
    GPT2
  }

  /** How a job keeps activations; parameters and sums are f32 in either. */
  public enum Precision {
    /** IEEE 754 single precision. */
    F32,
    /** The upper half of an f32. */
    BF16
  }
}
