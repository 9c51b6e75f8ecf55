package dev.sampo.config;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
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
 * @param rotary how positions turn; of no meaning to GPT-2
 * @param normEpsilon added under the root of LLaMA's norms; of no meaning to GPT-2
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
    RotaryConfig rotary,
    double normEpsilon,
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
    return with(context, OptionalInt.of(tokens));
  }

  /** The same for sequences of that length. */
  ModelConfig withContext(int tokens) {
    return with(tokens, vocabulary);
  }

  private ModelConfig with(int newContext, OptionalInt newVocabulary) {
    return new ModelConfig(
        family,
        layers,
        heads,
        keyHeads,
        width,
        inner,
        newContext,
        newVocabulary,
        head,
        rotary,
        normEpsilon,
        dropout,
        precision);
  }

  /** What fixes the shape of the parameters and what is computed with them, key by key. */
  Map<String, String> shapeByKey() {
    Map<String, String> shape = new LinkedHashMap<>();
    shape.put("family", word(family));
    shape.put("layers", Integer.toString(layers));
    shape.put("heads", Integer.toString(heads));
    shape.put("key-heads", Integer.toString(keyHeads));
    shape.put("width", Integer.toString(width));
    shape.put("inner", Integer.toString(inner));
    shape.put("context", Integer.toString(context));
    vocabulary.ifPresent(tokens -> shape.put("vocabulary", Integer.toString(tokens)));
    shape.put("head", word(head));
    shape.putAll(rotary.byKey());
    shape.put("norm-epsilon", Double.toString(normEpsilon));
    return shape;
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** How a job keeps activations; parameters and sums are f32 in either. */
  public enum Precision {
    /** IEEE 754 single precision. */
    F32,
    /** The upper half of an f32. */
    BF16
  }
}
