package dev.sampo.model.transformer;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.sampo.device.Device;
import dev.sampo.device.Dropout;
import dev.sampo.device.MatMul;
import dev.sampo.device.Normalised;
import dev.sampo.device.Precision;
import dev.sampo.device.Rows;
import dev.sampo.model.FlatVectors;
import dev.sampo.model.GradientListener;
import dev.sampo.model.LanguageModel;
import dev.sampo.model.ModelMemory;
import dev.sampo.model.ModelOptions;
import dev.sampo.model.ModelOptions.Activations;
import dev.sampo.model.ModelShape;
import dev.sampo.model.Noise;
import dev.sampo.model.ParameterLayout;
import dev.sampo.model.TokenBatch;
import dev.sampo.model.transformer.Layers.Block;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * A transformer on a device, for micro-batches of one fixed number of sequences: loss, gradient,
 * logits. Parameters and gradients are the caller's flat vectors; the activations are the device's
 * tensors and live as long as it does.
 *
 * <p>The residual stream is kept at the borders between blocks. What lies inside a block is kept
 * too, a room a layer, or computed anew from its lower border when backward comes to it, all in one
 * room: the same kernels on the same operands, so the same bits.
 *
 * <p>One thread at a time. The same parameters and tokens give the same bits on any number of the
 * device's threads. Tensors are allocated at creation only; the slices of a flat vector are made
 * when it is first seen and kept for the last one.
 *
 * @param <P> the family's tensors as slices of a flat vector
 */
public final class Transformer<P> implements LanguageModel {
  private final ModelShape shape;
  private final ParameterLayout layout;
  private final Device device;
  private final int sequences;
  private final Rows rows; // R = sequences * context, C
  private final Rows logitRows; // R, V
  private final MatMul head; // (R, C) times the transpose of (V, C)
  private final MatMul headInput; // (R, V) times (V, C)
  private final MatMul headWeight; // the transpose of (R, V) times (R, C)

  private final Layers<P> layers;
  private final float dropout;
  private final boolean recomputes;
  private final List<Block<P>> blocks = new ArrayList<>(); // by layer; in one room, if recomputed
  private final List<MemorySegment> borders = new ArrayList<>(); // f32 (R, C), one more than layers
  private final Normalised last; // before the head
  private final MemorySegment normal; // rounded (R, C)
  private final MemorySegment logits; // f32 (R, V)
  private final MemorySegment dLogits; // rounded (R, V)
  private final MemorySegment losses; // f32 (R)
  private final MemorySegment dx; // f32 (R, C)
  private final MemorySegment rounded; // the parameters in the device's precision, if not f32
  private final long[] firstOf; // by layer, where it begins in the flat vector

  private @Nullable Bound<P> parameters;
  private @Nullable Bound<P> gradients;

  /** A flat vector and its slices. */
  private record Bound<P>(MemorySegment flat, P slices) {
    /** Memory given back and lent again lies at the same address, but its slices are dead. */
    static boolean holds(@Nullable Bound<?> known, MemorySegment flat) {
      return known != null && known.flat.equals(flat) && known.flat.scope().equals(flat.scope());
    }
  }

  /**
   * A model of that shape.
   *
   * @param sequences sequences of every micro-batch
   * @param layers the family's, for as many sequences on the same device
   */
  public Transformer(
      ModelShape shape, Device device, int sequences, ModelOptions options, Layers<P> layers) {
    this.shape = shape;
    this.device = device;
    this.sequences = sequences;
    this.layers = layers;
    layout = shape.layout();
    dropout = options.dropout();
    recomputes = options.activations() == Activations.RECOMPUTED;
    int r = Math.multiplyExact(sequences, shape.context());
    int c = shape.width();
    int v = shape.vocabulary();
    rows = new Rows(r, c);
    logitRows = new Rows(r, v);
    head = MatMul.transposedB(r, v, c);
    headInput = MatMul.plain(r, c, v);
    headWeight = MatMul.transposedA(v, c, r);
    boolean full = device.precision() == Precision.F32;
    for (int border = 0; border <= shape.layers(); border++) {
      borders.add(device.allocate(rows.elements()));
    }
    last = layers.normalised(borders.getLast());
    normal = device.allocateActivations(rows.elements());
    logits = device.allocate(logitRows.elements());
    dLogits = full ? logits : device.allocateActivations(logitRows.elements());
    losses = device.allocate(r);
    dx = device.allocate(rows.elements());
    rounded = full ? MemorySegment.NULL : device.allocateActivations(layout.total());
    for (int layer = 0; layer < shape.layers(); layer++) {
      MemorySegment x = borders.get(layer);
      boolean shares = recomputes && layer > 0;
      blocks.add(shares ? blocks.getFirst().at(layer, x) : layers.newBlock(layer, x));
    }
    firstOf =
        LongStream.range(0, shape.layers())
            .map(layer -> layout.first(layers.prefix((int) layer)))
            .toArray();
  }

  /**
   * What such a model and one batch take of a device.
   *
   * @param sequences sequences of every micro-batch
   * @param room what the family takes of it
   */
  public static ModelMemory memory(
      ModelShape shape,
      int sequences,
      Precision precision,
      ModelOptions options,
      Layers.Room room) {
    long r = (long) sequences * shape.context();
    long narrow = r * shape.width();
    long wide = r * shape.vocabulary();
    boolean full = precision == Precision.F32;
    Elements ends = new Elements(wide + r + narrow, narrow + (full ? 0 : wide));
    long batch = 2 * r * Integer.BYTES;
    long blocks = options.activations() == Activations.RECOMPUTED ? 1 : shape.layers();
    return new ModelMemory(
        full ? 0 : shape.layout().total() * precision.bytes(),
        (shape.layers() + 1L) * narrow * Float.BYTES,
        blocks * room.block().bytes(precision),
        ends.bytes(precision) + batch + room.shared().bytes(precision));
  }

  @Override
  public ModelShape shape() {
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
        sequences, shape.context(), device.allocate(rows.rows()), device.allocate(rows.rows()));
  }

  @Override
  public void initialise(long seed, MemorySegment flat) {
    shape.initialiser().fill(seed, 0, layout.total(), flat);
  }

  /** Rounds the parameters to the device's precision where that is not f32. */
  @Override
  public void load(MemorySegment flat) {
    boolean full = device.precision() == Precision.F32;
    if (!Bound.holds(parameters, flat)) {
      parameters = bound(flat, full ? flat : rounded, device.precision());
    }
    if (!full) {
      device.round(layout.total(), flat, rounded);
    }
  }

  @Override
  public float lossAndGradient(MemorySegment flat, TokenBatch batch, MemorySegment gradient) {
    load(flat);
    return lossAndGradient(batch, gradient, 0, GradientListener.NONE);
  }

  @Override
  public float lossAndGradient(
      TokenBatch batch, MemorySegment gradient, long noiseKey, GradientListener listener) {
    P p = loaded();
    Bound<P> bound = gradients;
    if (bound == null || !Bound.holds(bound, gradient)) {
      bound = bound(gradient, gradient, Precision.F32);
      gradients = bound;
    }
    P g = bound.slices();
    Noise noise = dropout == 0 ? Noise.NONE : new Noise(noiseKey, dropout);
    forward(p, batch, noise);
    device.crossEntropy(logitRows, logits, batch.targets(), losses, dLogits);
    float loss = meanLoss();
    headBackward(p, g);
    for (int layer = shape.layers() - 1; layer >= 0; layer--) {
      layerBackward(p, layer, noise, g);
      listener.finished(firstOf[layer], loss);
    }
    drop(dx, noise);
    layers.embedBackward(batch.inputs(), dx, g);
    return loss;
  }

  @Override
  public float loss(MemorySegment flat, TokenBatch batch) {
    load(flat);
    forward(loaded(), batch, Noise.NONE);
    device.crossEntropyLoss(logitRows, logits, batch.targets(), losses);
    return meanLoss();
  }

  @Override
  public MemorySegment logits(MemorySegment flat, TokenBatch batch) {
    load(flat);
    forward(loaded(), batch, Noise.NONE);
    return logits.asReadOnly();
  }

  private P loaded() {
    Bound<P> known = parameters;
    if (known == null) {
      throw new IllegalStateException("a model computes with parameters; hint: load them first");
    }
    return known.slices();
  }

  private void forward(P p, TokenBatch batch, Noise noise) {
    if (batch.sequences() != sequences || batch.context() != shape.context()) {
      throw new IllegalArgumentException(
          "a batch has the model's shape: sequences=%d, wanted=%d, context=%d, wanted=%d"
              .formatted(batch.sequences(), sequences, batch.context(), shape.context()));
    }
    layers.embed(p, batch.inputs(), borders.getFirst());
    drop(borders.getFirst(), noise);
    for (int layer = 0; layer < shape.layers(); layer++) {
      blocks.get(layer).forward(p, noise, borders.get(layer + 1));
    }
    layers.norm(p, last, normal);
    device.matMul(head, normal, layers.head(p), logits);
  }

  private void headBackward(P p, P g) {
    MemorySegment dNormal = layers.scratch();
    device.matMul(headInput, dLogits, layers.head(p), dNormal);
    device.matMul(headWeight, dLogits, normal, layers.head(g));
    dx.fill((byte) 0);
    layers.normBackward(p, last, dNormal, g, dx);
  }

  private void layerBackward(P p, int layer, Noise noise, P g) {
    // The last layer's activations are those that forward has just left.
    if (recomputes && layer < shape.layers() - 1) {
      blocks.get(layer).recompute(p, noise);
    }
    blocks.get(layer).backward(p, noise, g, dx);
  }

  /** The dropout of the embedding, forward or backward. */
  private void drop(MemorySegment x, Noise noise) {
    Dropout embeddingDropout = noise.at(0, Noise.Site.EMBEDDING);
    if (!embeddingDropout.isNone()) {
      device.dropout(rows.elements(), embeddingDropout, x, x);
    }
  }

  private float meanLoss() {
    double sum = 0;
    for (int row = 0; row < rows.rows(); row++) {
      sum += losses.getAtIndex(JAVA_FLOAT, row);
    }
    return (float) (sum / rows.rows());
  }

  private Bound<P> bound(MemorySegment flat, MemorySegment matrices, Precision of) {
    return new Bound<>(flat, layers.slices(new FlatVectors(layout, flat, matrices, of)));
  }
}
