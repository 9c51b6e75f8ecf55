package dev.sampo.config;

import java.util.OptionalInt;

/**
 * The shape of the model.
 *
 * @param family architecture
 * @param layers transformer blocks
 * @param heads attention heads of a block; divides the width
 * @param keyHeads heads of keys and values; divides the heads
 * @param width length of a token's vector
 * @param inner elements inside the feed-forward part
 * @param context tokens of a sequence
 * @param vocabulary number of distinct tokens; empty until the data say
 * @param head where logits come from
 * @param rotaryBase how slowly the slowest rotary positions turn; of no meaning to GPT-2
 * @param dropout rate at which training drops activations
 * @param precision of activations and of the operands of products
 */
public record ModelConfig(
    Family family,
    int layers,
    int heads,
    int keyHeads,
    int width,
    int inner,
    int context,
    OptionalInt vocabulary,
    Head head,
    double rotaryBase,
    double dropout,
    Precision precision) {
  /** The architectures that Sampo can train. */
  public enum Family {
    /** GPT-2: learned positions, layer norm before each part, GELU. */
    GPT2,
    /** LLaMA: rotary positions, RMS norm, gated SiLU, grouped heads. */
    LLAMA
  }

  /** Where logits come from. */
  public enum Head {
    /** The token table. */
    TIED,
    /** A table of its own. */
    SEPARATE
  }

  /** The same with that vocabulary. */
  ModelConfig withVocabulary(int tokens) {
    return new ModelConfig(
        family,
        layers,
        heads,
        keyHeads,
        width,
        inner,
        context,
        OptionalInt.of(tokens),
        head,
        rotaryBase,
        dropout,
        precision);
  }

  /** How a job keeps activations; parameters and sums are f32 in either. */
  public enum Precision {
    /** IEEE 754 single precision. */
    F32,
    /** The upper half of an f32. */
    BF16
  }
}
