package dev.sampo.model.llama;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.device.Device;
import dev.sampo.device.EmbeddingShape;
import dev.sampo.device.MatMul;
import dev.sampo.device.Normalised;
import dev.sampo.device.Rows;
import dev.sampo.model.GradientListener;
import dev.sampo.model.LanguageModel;
import dev.sampo.model.ParameterLayout;
import dev.sampo.model.TokenBatch;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * A LLaMA on a device. Tensors are allocated when it is made; the slices of a flat vector when that
 * is first seen, and kept for the last one.
 */
final class Llama implements LanguageModel {
  private final LlamaShape shape;
  private final ParameterLayout layout;
  private final Device device;
  private final int sequences;
  private final LlamaBlock.Common common;
  private final Rows logitRows; // (R, V)
  private final EmbeddingShape embedding;
  private final MatMul head; // (R, C) times the transpose of (V, C)
  private final MatMul headInput; // (R, V) times (V, C)
  private final MatMul headWeight; // the transpose of (R, V) times (R, C)
  private final List<LlamaBlock> blocks = new ArrayList<>();
  private final MemorySegment embedded; // (R, C)
  private final MemorySegment scales; // (R)
  private final MemorySegment normal; // (R, C)
  private final MemorySegment logits; // (R, V)
  private final MemorySegment losses; // (R)
  private final MemorySegment dx; // (R, C)
  private final long[] firstOf; // by layer, where it begins in the flat vector
  private @Nullable LlamaParameters parameters;
  private @Nullable LlamaParameters gradients;

  Llama(LlamaShape shape, Device device, int sequences) {
    this.shape = shape;
    this.device = device;
    this.sequences = sequences;
    layout = shape.layout();
    common = LlamaBlock.Common.of(shape, device, sequences);
    int r = common.rows();
    int c = shape.width();
    logitRows = new Rows(r, shape.vocabulary());
    embedding = new EmbeddingShape(sequences, shape.context(), c, shape.vocabulary());
    head = MatMul.transposedB(r, shape.vocabulary(), c);
    headInput = MatMul.plain(r, c, shape.vocabulary());
    headWeight = MatMul.transposedA(shape.vocabulary(), c, r);
    for (int layer = 0; layer < shape.layers(); layer++) {
      blocks.add(new LlamaBlock(common));
    }
    embedded = device.allocate((long) r * c);
    scales = device.allocate(r);
    normal = device.allocate((long) r * c);
    logits = device.allocate(logitRows.elements());
    losses = device.allocate(r);
    dx = device.allocate((long) r * c);
    firstOf =
        LongStream.range(0, shape.layers())
            .map(layer -> layout.first("model.layers." + layer + "."))
            .toArray();
  }

  @Override
  public LlamaShape shape() {
    return shape;
  }

  @Override
  public ParameterLayout layout() {
    return layout;
  }

  @Override
  public int sequences() {
    return sequences;
  }

  @Override
  public TokenBatch newBatch() {
    return new TokenBatch(
        sequences, shape.context(), device.allocate(common.rows()), device.allocate(common.rows()));
  }

  @Override
  public void initialise(long seed, MemorySegment flat) {
    shape.initialiser().fill(seed, 0, layout.total(), flat);
  }

  @Override
  public void load(MemorySegment flat) {
    parameters = slices(parameters, flat);
  }

  @Override
  public float lossAndGradient(MemorySegment flat, TokenBatch batch, MemorySegment gradient) {
    load(flat);
    return lossAndGradient(batch, gradient, 0, GradientListener.NONE);
  }

  /** This family has no dropout, so nothing follows from the key. */
  @Override
  public float lossAndGradient(
      TokenBatch batch, MemorySegment gradient, long noiseKey, GradientListener listener) {
    LlamaParameters loaded = parameters;
    if (loaded == null) {
      throw new IllegalStateException("parameters are loaded before they are used");
    }
    gradients = slices(gradients, gradient);
    forward(loaded, batch);
    device.crossEntropy(logitRows, logits, batch.targets(), losses, logits);
    float loss = meanLoss();
    backward(loaded, gradients, batch, layer -> listener.finished(firstOf[layer], loss));
    return loss;
  }

  @Override
  public float loss(MemorySegment flat, TokenBatch batch) {
    parameters = slices(parameters, flat);
    forward(parameters, batch);
    device.crossEntropyLoss(logitRows, logits, batch.targets(), losses);
    return meanLoss();
  }

  @Override
  public MemorySegment logits(MemorySegment flat, TokenBatch batch) {
    parameters = slices(parameters, flat);
    forward(parameters, batch);
    return logits;
  }

  private void forward(LlamaParameters w, TokenBatch batch) {
    if (batch.sequences() != sequences || batch.context() != shape.context()) {
      throw new IllegalArgumentException(
          "a batch has the model's shape: sequences=%d, wanted=%d, context=%d, wanted=%d"
              .formatted(batch.sequences(), sequences, batch.context(), shape.context()));
    }
    device.rotary().embedTokens(embedding, batch.inputs(), w.tokens(), embedded);
    for (int layer = 0; layer < blocks.size(); layer++) {
      blocks.get(layer).forward(w.blocks().get(layer), input(layer));
    }
    device.rotary().rmsNorm(common.norm(), input(blocks.size()), w.norm(), normal, scales);
    device.matMul(head, normal, w.head(), logits);
  }

  private void backward(
      LlamaParameters w, LlamaParameters g, TokenBatch batch, IntConsumer finished) {
    MemorySegment dNormal = common.scratch().narrow();
    device.matMul(headInput, logits, w.head(), dNormal);
    if (shape.head() == LlamaShape.Head.SEPARATE) {
      g.tokens().fill((byte) 0);
    }
    device.matMul(headWeight, logits, normal, g.head());
    dx.fill((byte) 0);
    device
        .rotary()
        .rmsNormBackward(
            common.norm(),
            new Normalised(input(blocks.size()), scales),
            w.norm(),
            dNormal,
            dx,
            g.norm());
    for (int layer = blocks.size() - 1; layer >= 0; layer--) {
      blocks.get(layer).backward(w.blocks().get(layer), input(layer), g.blocks().get(layer), dx);
      finished.accept(layer);
    }
    device.rotary().embedTokensBackward(embedding, batch.inputs(), dx, g.tokens());
  }

  /** The border below a layer. */
  private MemorySegment input(int layer) {
    return layer == 0 ? embedded : blocks.get(layer - 1).out();
  }

  private float meanLoss() {
    double sum = 0;
    for (int row = 0; row < common.rows(); row++) {
      sum += losses.getAtIndex(JAVA_FLOAT, row);
    }
    return (float) (sum / common.rows());
  }

  /** Memory given back and lent again lies at the same address, but its slices are dead. */
  private LlamaParameters slices(@Nullable LlamaParameters known, MemorySegment flat) {
    return known != null && known.flat().equals(flat) && known.flat().scope().equals(flat.scope())
        ? known
        : LlamaParameters.of(shape, layout, flat);
  }
}
