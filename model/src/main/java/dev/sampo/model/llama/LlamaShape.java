package dev.sampo.model.llama;

import dev.sampo.device.Device;
import dev.sampo.device.Precision;
import dev.sampo.model.Decoder;
import dev.sampo.model.Initialiser;
import dev.sampo.model.LanguageModel;
import dev.sampo.model.ModelMemory;
import dev.sampo.model.ModelOptions;
import dev.sampo.model.ModelShape;
import dev.sampo.model.ParameterLayout;
import dev.sampo.model.ParameterTensor.Role;
import dev.sampo.model.transformer.Layers;
import dev.sampo.model.transformer.Transformer;
import java.lang.foreign.MemorySegment;

/**
 * The sizes of a LLaMA.
 *
 * @param layers number of blocks
 * @param heads attention heads of a block
 * @param keyHeads heads of keys and values; divides heads
 * @param width elements of an embedded token, an even multiple of heads
 * @param inner elements inside the feed-forward part
 * @param context most tokens the model sees at once
 * @param vocabulary number of distinct tokens
 * @param head whether the output head is the token table
 * @param rotary how positions turn
 * @param epsilon of the norms
 */
public record LlamaShape(
    int layers,
    int heads,
    int keyHeads,
    int width,
    int inner,
    int context,
    int vocabulary,
    Head head,
    Rotary rotary,
    float epsilon)
    implements ModelShape {
  private static final double DEVIATION = 0.02;

  /** Where logits come from. */
  public enum Head {
    /** The token table. */
    TIED,
    /** A table of its own. */
    SEPARATE
  }

  public LlamaShape {
    if (layers <= 0 || heads <= 0 || keyHeads <= 0 || width <= 0 || inner <= 0) {
      throw new IllegalArgumentException(
          "a model has positive sizes: layers=%d, heads=%d, keyHeads=%d, width=%d, inner=%d"
              .formatted(layers, heads, keyHeads, width, inner));
    }
    if (context <= 0 || vocabulary <= 0) {
      throw new IllegalArgumentException(
          "a model has positive sizes: context=%d, vocabulary=%d".formatted(context, vocabulary));
    }
    if (width % (2 * heads) != 0 || heads % keyHeads != 0) {
      throw new IllegalArgumentException(
          "the width is an even multiple of the heads, and key heads divide them: width=%d, heads=%d, keyHeads=%d"
              .formatted(width, heads, keyHeads));
    }
  }

  /** Elements of one head. */
  int headWidth() {
    return width / heads;
  }

  /** Elements of one token's queries, keys and values. */
  int packed() {
    return (heads + 2 * keyHeads) * headWidth();
  }

  @Override
  public ParameterLayout layout() {
    int keyWidth = keyHeads * headWidth();
    ParameterLayout.Builder layout = new ParameterLayout.Builder();
    layout.matrix("model.embed_tokens.weight", vocabulary, width, Role.TABLE);
    for (int layer = 0; layer < layers; layer++) {
      String block = "model.layers." + layer + ".";
      layout.vector(block + "input_layernorm.weight", width, Role.GAIN);
      layout.matrix(block + "self_attn.q_proj.weight", width, width, Role.WEIGHT);
      layout.matrix(block + "self_attn.k_proj.weight", keyWidth, width, Role.WEIGHT);
      layout.matrix(block + "self_attn.v_proj.weight", keyWidth, width, Role.WEIGHT);
      layout.matrix(block + "self_attn.o_proj.weight", width, width, Role.RESIDUAL_WEIGHT);
      layout.vector(block + "post_attention_layernorm.weight", width, Role.GAIN);
      layout.matrix(block + "mlp.gate_proj.weight", inner, width, Role.WEIGHT);
      layout.matrix(block + "mlp.up_proj.weight", inner, width, Role.WEIGHT);
      layout.matrix(block + "mlp.down_proj.weight", width, inner, Role.RESIDUAL_WEIGHT);
    }
    layout.vector("model.norm.weight", width, Role.GAIN);
    if (head == Head.SEPARATE) {
      layout.matrix("lm_head.weight", vocabulary, width, Role.TABLE);
    }
    return layout.build();
  }

  /** As GPT-2's: what writes to the residual stream is smaller by the root of such writes. */
  @Override
  public Initialiser initialiser() {
    return new Initialiser(layout(), DEVIATION, DEVIATION / Math.sqrt(2.0 * layers));
  }

  @Override
  public LanguageModel create(Device device, int sequences, ModelOptions options) {
    LlamaLayers family = new LlamaLayers(this, device, sequences, options.dropout());
    return new Transformer<>(this, device, sequences, options, family);
  }

  @Override
  public ModelMemory memory(int sequences, Precision precision, ModelOptions options) {
    Layers.Room room = LlamaLayers.room(this, sequences, precision, options);
    return Transformer.memory(this, sequences, precision, options, room);
  }

  @Override
  public Decoder decoder(Device device, MemorySegment flat, int capacity) {
    return LlamaDecoder.create(this, device, flat, capacity);
  }
}
