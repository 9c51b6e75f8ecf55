package dev.sampo.model.llama;

import dev.sampo.device.Device;
import dev.sampo.device.EmbeddingShape;
import dev.sampo.device.Normalised;
import dev.sampo.device.Precision;
import dev.sampo.model.FlatVectors;
import dev.sampo.model.ModelOptions;
import dev.sampo.model.transformer.Elements;
import dev.sampo.model.transformer.Layers;
import java.lang.foreign.MemorySegment;

/** A LLaMA's layers on a device: no table of positions, RMS norms, a head of its own or none. */
final class LlamaLayers implements Layers<LlamaParameters> {
  private final LlamaShape shape;
  private final Device device;
  private final LlamaBlock.Common common;
  private final EmbeddingShape embedding;
  private final MemorySegment scales; // f32 (R), of the norm before the head

  LlamaLayers(LlamaShape shape, Device device, int sequences, float dropout) {
    this.shape = shape;
    this.device = device;
    common = LlamaBlock.Common.of(shape, device, sequences, dropout);
    embedding = new EmbeddingShape(sequences, shape.context(), shape.width(), shape.vocabulary());
    scales = device.allocate(common.rows());
  }

  /** What these layers take of a device. */
  static Room room(LlamaShape shape, int sequences, Precision precision, ModelOptions options) {
    long r = (long) sequences * shape.context();
    long narrow = r * shape.width();
    long wide = r * (shape.packed() + 3L * shape.inner());
    long table = (long) shape.context() * shape.headWidth();
    long dropped = options.dropout() > 0 ? narrow : 0;
    long rounded = precision == Precision.F32 ? 0 : narrow;
    return new Room(
        LlamaActivations.elements(r, shape),
        new Elements(r + table + narrow + dropped, wide + rounded));
  }

  @Override
  public LlamaParameters slices(FlatVectors vectors) {
    return LlamaParameters.of(shape, vectors);
  }

  @Override
  public String prefix(int layer) {
    return "model.layers." + layer + ".";
  }

  @Override
  public MemorySegment head(LlamaParameters p) {
    return p.head();
  }

  @Override
  public MemorySegment scratch() {
    return common.scratch().narrow();
  }

  @Override
  public LlamaBlock newBlock(int layer, MemorySegment x) {
    return new LlamaBlock(common, LlamaActivations.allocate(common), layer, x);
  }

  @Override
  public void embed(LlamaParameters p, MemorySegment tokens, MemorySegment x) {
    device.rotary().embedTokens(embedding, tokens, p.tokens(), x);
  }

  @Override
  public void embedBackward(MemorySegment tokens, MemorySegment dx, LlamaParameters gradient) {
    if (shape.head() == LlamaShape.Head.SEPARATE) {
      gradient.tokens().fill((byte) 0);
    }
    device.rotary().embedTokensBackward(embedding, tokens, dx, gradient.tokens());
  }

  @Override
  public Normalised normalised(MemorySegment x) {
    return new Normalised(x, scales);
  }

  @Override
  public void norm(LlamaParameters p, Normalised normalised, MemorySegment normal) {
    device
        .rotary()
        .rmsNorm(common.norm(), normalised.input(), p.norm(), normal, normalised.statistics());
  }

  @Override
  public void normBackward(
      LlamaParameters p,
      Normalised normalised,
      MemorySegment dNormal,
      LlamaParameters gradient,
      MemorySegment dx) {
    device
        .rotary()
        .rmsNormBackward(common.norm(), normalised, p.norm(), dNormal, dx, gradient.norm());
  }
}
