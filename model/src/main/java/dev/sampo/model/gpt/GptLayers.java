package dev.sampo.model.gpt;

import dev.sampo.device.Device;
import dev.sampo.device.EmbeddingShape;
import dev.sampo.device.Normalised;
import dev.sampo.device.Precision;
import dev.sampo.model.FlatVectors;
import dev.sampo.model.ModelOptions;
import dev.sampo.model.transformer.Elements;
import dev.sampo.model.transformer.Layers;
import java.lang.foreign.MemorySegment;

/** A GPT-2's layers on a device: learned positions, layer norms, a head that is the token table. */
final class GptLayers implements Layers<GptParameters> {
  private final int layers;
  private final Device device;
  private final GptBlock.Common common;
  private final EmbeddingShape embedding;
  private final MemorySegment statistics; // f32 (R, 2), of the norm before the head

  GptLayers(GptShape shape, Device device, int sequences, float dropout) {
    layers = shape.layers();
    this.device = device;
    common = GptBlock.Common.of(shape, device, sequences, dropout);
    embedding = new EmbeddingShape(sequences, shape.context(), shape.width(), shape.vocabulary());
    statistics = device.allocate(2L * common.rows().rows());
  }

  /** What these layers take of a device. */
  static Room room(GptShape shape, int sequences, Precision precision, ModelOptions options) {
    long r = (long) sequences * shape.context();
    long narrow = r * shape.width();
    long dropped = options.dropout() > 0 ? narrow : 0;
    long rounded = precision == Precision.F32 ? 0 : narrow;
    return new Room(
        BlockActivations.elements(r, shape),
        new Elements(2 * r + narrow + dropped, 4 * narrow + rounded));
  }

  @Override
  public GptParameters slices(FlatVectors vectors) {
    return GptParameters.of(layers, vectors);
  }

  @Override
  public String prefix(int layer) {
    return "h." + layer + ".";
  }

  @Override
  public MemorySegment head(GptParameters p) {
    return p.head();
  }

  @Override
  public MemorySegment scratch() {
    return common.scratch().narrow();
  }

  @Override
  public GptBlock newBlock(int layer, MemorySegment x) {
    return new GptBlock(common, BlockActivations.allocate(device, common.attention()), layer, x);
  }

  @Override
  public void embed(GptParameters p, MemorySegment tokens, MemorySegment x) {
    device.embed(embedding, tokens, p.tokens(), p.positions(), x);
  }

  @Override
  public void embedBackward(MemorySegment tokens, MemorySegment dx, GptParameters gradient) {
    device.embedBackward(embedding, tokens, dx, gradient.tokens(), gradient.positions());
  }

  @Override
  public Normalised normalised(MemorySegment x) {
    return new Normalised(x, statistics);
  }

  @Override
  public void norm(GptParameters p, Normalised normalised, MemorySegment normal) {
    device.layerNorm(
        common.rows(), normalised.input(), p.finalNorm(), normal, normalised.statistics());
  }

  @Override
  public void normBackward(
      GptParameters p,
      Normalised normalised,
      MemorySegment dNormal,
      GptParameters gradient,
      MemorySegment dx) {
    device.layerNormBackward(
        common.rows(), normalised, p.finalNorm().gain(), dNormal, dx, gradient.finalNorm());
  }
}
