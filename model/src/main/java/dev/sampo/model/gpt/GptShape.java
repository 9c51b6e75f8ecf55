package dev.sampo.model.gpt;

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
 * The sizes of a GPT-2.
 *
 * @param layers number of blocks
 * @param heads attention heads of a block
 * @param width elements of an embedded token, a multiple of heads
 * @param context most tokens the model sees at once
 * @param vocabulary number of distinct tokens
 */
public record GptShape(int layers, int heads, int width, int context, int vocabulary)
    implements ModelShape {
  /** Standard deviation of initial weights, as GPT-2 has it. */
  private static final double DEVIATION = 0.02;

  public GptShape {
    if (layers <= 0 || heads <= 0 || width <= 0 || context <= 0 || vocabulary <= 0) {
      throw new IllegalArgumentException(
          "a model has positive sizes: layers=%d, heads=%d, width=%d, context=%d, vocabulary=%d"
              .formatted(layers, heads, width, context, vocabulary));
    }
    if (width % heads != 0) {
      throw new IllegalArgumentException(
          "the width is a multiple of the heads: width=%d, heads=%d; hint: set width to %d"
              .formatted(width, heads, (width / heads + 1) * heads));
    }
  }

  /**
   * Where each tensor lies in the flat vector; names and (in, out) order as GPT-2's own weights.
   */
  @Override
  public ParameterLayout layout() {
    ParameterLayout.Builder layout = new ParameterLayout.Builder();
    layout.matrix("wte.weight", vocabulary, width, Role.TABLE);
    layout.matrix("wpe.weight", context, width, Role.TABLE);
    for (int layer = 0; layer < layers; layer++) {
      String block = "h." + layer + ".";
      layout.vector(block + "ln_1.weight", width, Role.GAIN);
      layout.vector(block + "ln_1.bias", width, Role.BIAS);
      layout.matrix(block + "attn.c_attn.weight", width, 3 * width, Role.JOINED_WEIGHT);
      layout.vector(block + "attn.c_attn.bias", 3 * width, Role.BIAS);
      layout.matrix(block + "attn.c_proj.weight", width, width, Role.RESIDUAL_WEIGHT);
      layout.vector(block + "attn.c_proj.bias", width, Role.BIAS);
      layout.vector(block + "ln_2.weight", width, Role.GAIN);
      layout.vector(block + "ln_2.bias", width, Role.BIAS);
      layout.matrix(block + "mlp.c_fc.weight", width, 4 * width, Role.WEIGHT);
      layout.vector(block + "mlp.c_fc.bias", 4 * width, Role.BIAS);
      layout.matrix(block + "mlp.c_proj.weight", 4 * width, width, Role.RESIDUAL_WEIGHT);
      layout.vector(block + "mlp.c_proj.bias", width, Role.BIAS);
    }
    layout.vector("ln_f.weight", width, Role.GAIN);
    layout.vector("ln_f.bias", width, Role.BIAS);
    return layout.build();
  }

  /**
   * GPT-2's initial values: normal with deviation 0.02; what writes to the residual stream smaller
   * by the root of the number of such writes.
   */
  @Override
  public Initialiser initialiser() {
    return new Initialiser(layout(), DEVIATION, DEVIATION / Math.sqrt(2.0 * layers));
  }

  @Override
  public LanguageModel create(Device device, int sequences, ModelOptions options) {
    GptLayers family = new GptLayers(this, device, sequences, options.dropout());
    return new Transformer<>(this, device, sequences, options, family);
  }

  @Override
  public ModelMemory memory(int sequences, Precision precision, ModelOptions options) {
    Layers.Room room = GptLayers.room(this, sequences, precision, options);
    return Transformer.memory(this, sequences, precision, options, room);
  }

  @Override
  public Decoder decoder(Device device, MemorySegment flat, int capacity) {
    return GptDecoder.create(this, device, flat, capacity);
  }
}
