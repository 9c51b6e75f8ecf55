package dev.sampo.config;

/**
 * The shape of the model.
 *
 * @param family architecture
 * @param layers transformer blocks
 * @param heads attention heads of a block; divides the width
 * @param width length of a token's vector
 * @param context tokens of a sequence
 */
public record ModelConfig(Family family, int layers, int heads, int width, int context) {
  /** The architectures that Sampo can train. */
  public enum Family {
    /** GPT-2: learned positions, layer norm before each part, GELU. */
    GPT2
  }
}
