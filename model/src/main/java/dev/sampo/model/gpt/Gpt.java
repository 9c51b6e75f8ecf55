package dev.sampo.model.gpt;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.device.AttentionShape;
import dev.sampo.device.Device;
import dev.sampo.device.Dropout;
import dev.sampo.device.EmbeddingShape;
import dev.sampo.device.MatMul;
import dev.sampo.device.Normalised;
import dev.sampo.device.Precision;
import dev.sampo.device.Rows;
import dev.sampo.model.FlatVectors;
import dev.sampo.model.GradientListener;
import dev.sampo.model.LanguageModel;
import dev.sampo.model.Noise;
import dev.sampo.model.ParameterLayout;
import dev.sampo.model.TokenBatch;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * A GPT-2 on a device, for micro-batches of one fixed number of sequences: loss, gradient, logits.
 * Parameters and gradients are the caller's flat vectors; the activations are the device's tensors
 * and live as long as it does.
 *
 * <p>One thread at a time. The same parameters and tokens give the same bits on any number of the
 * device's threads. Tensors are allocated at {@link #create} only; the slices of a flat vector are
 * made when it is first seen and kept for the last one.
 */
public final class Gpt implements LanguageModel {
  private final GptShape shape;
  private final ParameterLayout layout;
  private final Device device;
  private final Rows rows; // R = sequences * context
  private final Rows logitRows;
  private final EmbeddingShape embedding;
  private final MatMul head; // (R, C) times the transpose of (V, C)
  private final MatMul headInput; // (R, V) times (V, C)
  private final MatMul headWeight; // the transpose of (R, V) times (R, C)

  private final List<Block> blocks;
  private final MemorySegment embedded; // f32 (R, C)
  private final MemorySegment finalStatistics; // f32 (R, 2)
  private final MemorySegment finalNormal; // rounded (R, C)
  private final MemorySegment logits; // f32 (R, V)
  private final MemorySegment dLogits; // rounded (R, V)
  private final MemorySegment losses; // f32 (R)
  private final MemorySegment dx; // f32 (R, C)
  private final MemorySegment dNormal; // f32 (R, C)
  private final MemorySegment rounded; // the parameters in the device's precision, if not f32
  private final float dropout;
  private final long[] firstOf; // by layer, where it begins in the flat vector

  private @Nullable GptParameters parameters;
  private @Nullable GptParameters gradients;

  private Gpt(GptShape shape, Device device, int sequences, GptOptions options) {
    this.shape = shape;
    this.device = device;
    dropout = options.dropout();
    layout = shape.layout();
    boolean full = device.precision() == Precision.F32;
    int r = Math.multiplyExact(sequences, shape.context());
    int c = shape.width();
    int v = shape.vocabulary();
    rows = new Rows(r, c);
    logitRows = new Rows(r, v);
    embedding = new EmbeddingShape(sequences, shape.context(), c, v);
    head = MatMul.transposedB(r, v, c);
    headInput = MatMul.plain(r, c, v);
    headWeight = MatMul.transposedA(v, c, r);
    embedded = device.allocate(rows.elements());
    finalStatistics = device.allocate(2L * r);
    finalNormal = device.allocateActivations(rows.elements());
    logits = device.allocate(logitRows.elements());
    dLogits = full ? logits : device.allocateActivations(logitRows.elements());
    losses = device.allocate(r);
    dx = device.allocate(rows.elements());
    dNormal = device.allocate(rows.elements());
    rounded = full ? MemorySegment.NULL : device.allocateActivations(layout.total());
    blocks = blocks(options);
    firstOf = LongStream.range(0, shape.layers()).map(i -> layout.first("h." + i + ".")).toArray();
  }

  private List<Block> blocks(GptOptions options) {
    int c = shape.width();
    AttentionShape attention =
        new AttentionShape(sequences(), shape.context(), shape.heads(), c / shape.heads());
    Block.Products products = Block.Products.of(rows.rows(), c);
    BlockScratch scratch = BlockScratch.allocate(device, rows, options.dropout());
    BlockActivations shared = null;
    List<Block> made = new ArrayList<>();
    for (int layer = 0; layer < shape.layers(); layer++) {
      if (shared == null || options.activations() == GptOptions.Activations.KEPT) {
        shared = BlockActivations.allocate(device, attention);
      }
      made.add(
          new Block(device, layer, attention, products, shared, scratch, options.activations()));
    }
    return List.copyOf(made);
  }

  /**
   * A model of that shape, without dropout, that keeps its activations.
   *
   * @param sequences sequences of every micro-batch
   */
  public static Gpt create(GptShape shape, Device device, int sequences) {
    return create(shape, device, sequences, GptOptions.PLAIN);
  }

  /**
   * A model of that shape.
   *
   * @param sequences sequences of every micro-batch
   */
  public static Gpt create(GptShape shape, Device device, int sequences, GptOptions options) {
    return new Gpt(shape, device, sequences, options);
  }

  /** The model's sizes. */
  @Override
  public GptShape shape() {
    return shape;
  }

  /** Where each tensor lies in the flat vector. */
  @Override
  public ParameterLayout layout() {
    return layout;
  }

  /** Sequences of every micro-batch. */
  @Override
  public int sequences() {
    return embedding.batch();
  }

  /** Room for one micro-batch, as long as the device lives. */
  @Override
  public TokenBatch newBatch() {
    return new TokenBatch(
        sequences(), shape.context(), device.allocate(rows.rows()), device.allocate(rows.rows()));
  }

  /** Writes GPT-2's initial parameters of that seed to the whole of {@code flat}. */
  @Override
  public void initialise(long seed, MemorySegment flat) {
    shape.initialiser().fill(seed, 0, layout.total(), flat);
  }

  /**
   * Takes in parameters: rounds them to the device's precision where that is not f32. To be called
   * whenever the vector's contents have changed; the calls that take a vector do it themselves.
   *
   * @param flat parameters, read until the next call of this method
   */
  @Override
  public void load(MemorySegment flat) {
    GptParameters known = parameters(flat);
    if (device.precision() != Precision.F32) {
      device.round(layout.total(), known.flat(), rounded);
    }
  }

  /**
   * Mean loss of a micro-batch and its gradient, with the model's dropout by the key 0.
   *
   * @param flat parameters, read only
   * @param batch tokens and their followers, of this model's shape
   * @param gradient out: the whole flat vector, the gradient of the mean loss
   * @return nats per token
   * @throws IllegalArgumentException if a vector or the batch has another shape
   */
  @Override
  public float lossAndGradient(MemorySegment flat, TokenBatch batch, MemorySegment gradient) {
    load(flat);
    return lossAndGradient(batch, gradient, 0, GradientListener.NONE);
  }

  /**
   * As {@link #lossAndGradient(MemorySegment, TokenBatch, MemorySegment)}, of the parameters that
   * were loaded last.
   *
   * @param noiseKey what tells this micro-batch from all others of its job; dropout follows from it
   */
  @Override
  public float lossAndGradient(
      TokenBatch batch, MemorySegment gradient, long noiseKey, GradientListener listener) {
    GptParameters p = loaded();
    GptParameters g = gradients(gradient);
    Noise noise = new Noise(noiseKey, dropout);
    forward(p, batch, noise);
    device.crossEntropy(logitRows, logits, batch.targets(), losses, dLogits);
    float loss = meanLoss();
    backward(p, g, batch, noise, layer -> listener.finished(firstOf[layer], loss));
    return loss;
  }

  /** Mean loss of a micro-batch in nats per token, without dropout. */
  @Override
  public float loss(MemorySegment flat, TokenBatch batch) {
    load(flat);
    forward(loaded(), batch, Noise.NONE);
    device.crossEntropyLoss(logitRows, logits, batch.targets(), losses);
    return meanLoss();
  }

  /**
   * Logits f32 (sequences, context, vocabulary) of the inputs of a micro-batch.
   *
   * @return a view, good until this model's next call
   */
  @Override
  public MemorySegment logits(MemorySegment flat, TokenBatch batch) {
    load(flat);
    forward(loaded(), batch, Noise.NONE);
    return logits.asReadOnly();
  }

  private GptParameters loaded() {
    if (parameters == null) {
      throw new IllegalStateException("a model computes with parameters; hint: load them first");
    }
    return parameters;
  }

  private void forward(GptParameters p, TokenBatch batch, Noise noise) {
    if (batch.sequences() != sequences() || batch.context() != shape.context()) {
      throw new IllegalArgumentException(
          "a batch has the model's shape: sequences=%d, wanted=%d, context=%d, wanted=%d"
              .formatted(batch.sequences(), sequences(), batch.context(), shape.context()));
    }
    device.embed(embedding, batch.inputs(), p.tokens(), p.positions(), embedded);
    drop(embedded, noise);
    MemorySegment x = embedded;
    for (int layer = 0; layer < blocks.size(); layer++) {
      Block block = blocks.get(layer);
      block.forward(p.blocks().get(layer), x, noise);
      x = block.out();
    }
    device.layerNorm(rows, x, p.finalNorm(), finalNormal, finalStatistics);
    device.matMul(head, finalNormal, p.head(), logits);
  }

  private void backward(
      GptParameters p, GptParameters g, TokenBatch batch, Noise noise, IntConsumer finished) {
    device.matMul(headInput, dLogits, p.head(), dNormal);
    device.matMul(headWeight, dLogits, finalNormal, g.tokens());
    dx.fill((byte) 0);
    device.layerNormBackward(
        rows,
        new Normalised(input(blocks.size()), finalStatistics),
        p.finalNorm().gain(),
        dNormal,
        dx,
        g.finalNorm());
    for (int layer = blocks.size() - 1; layer >= 0; layer--) {
      blocks
          .get(layer)
          .backward(p.blocks().get(layer), input(layer), g.blocks().get(layer), dx, noise);
      finished.accept(layer);
    }
    drop(dx, noise);
    device.embedBackward(embedding, batch.inputs(), dx, g.tokens(), g.positions());
  }

  /** The dropout of the embedding, forward or backward. */
  private void drop(MemorySegment x, Noise noise) {
    Dropout embeddingDropout = noise.at(0, Noise.Site.EMBEDDING);
    if (!embeddingDropout.isNone()) {
      device.dropout(rows.elements(), embeddingDropout, x, x);
    }
  }

  /** The border below a layer. */
  private MemorySegment input(int layer) {
    return layer == 0 ? embedded : blocks.get(layer - 1).out();
  }

  private float meanLoss() {
    double sum = 0;
    for (int row = 0; row < rows.rows(); row++) {
      sum += losses.getAtIndex(JAVA_FLOAT, row);
    }
    return (float) (sum / rows.rows());
  }

  /** Memory given back and lent again lies at the same address, but its slices are dead. */
  private static boolean isSame(MemorySegment known, MemorySegment flat) {
    return known.equals(flat) && known.scope().equals(flat.scope());
  }

  private GptParameters parameters(MemorySegment flat) {
    if (parameters == null || !isSame(parameters.flat(), flat)) {
      boolean full = device.precision() == Precision.F32;
      parameters =
          GptParameters.of(
              shape.layers(),
              new FlatVectors(layout, flat, full ? flat : rounded, device.precision()));
    }
    return parameters;
  }

  private GptParameters gradients(MemorySegment flat) {
    if (gradients == null || !isSame(gradients.flat(), flat)) {
      gradients = GptParameters.ofGradients(layout, shape.layers(), flat);
    }
    return gradients;
  }
}
