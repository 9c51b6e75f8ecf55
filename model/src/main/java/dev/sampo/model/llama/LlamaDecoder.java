package dev.sampo.model.llama;

import dev.sampo.device.CachedShape;
import dev.sampo.device.Device;
import dev.sampo.device.EmbeddingShape;
import dev.sampo.device.GroupedShape;
import dev.sampo.device.MatMul;
import dev.sampo.device.RmsShape;
import dev.sampo.device.RotaryKernels;
import dev.sampo.device.RotaryKernels.KeyValues;
import dev.sampo.device.RotaryKernels.Turn;
import dev.sampo.device.RotaryShape;
import dev.sampo.device.Rows;
import dev.sampo.model.Decoder;
import dev.sampo.model.FlatVectors;
import dev.sampo.model.generate.CachedDecoder;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A LLaMA that reads one sequence in runs of rows; keys are kept turned. R is a run's rows, C the
 * width, P the packed queries, keys and values of a token, F the inner width; "rounded" is the
 * device's precision.
 */
final class LlamaDecoder implements CachedDecoder.Layers {
  private final LlamaShape shape;
  private final Device device;
  private final int capacity;
  private final LlamaParameters parameters;
  private final MemorySegment table;
  private final List<KeyValues> caches = new ArrayList<>();
  private final MemorySegment x; // f32 (R, C)
  private final MemorySegment normal; // rounded (R, C)
  private final MemorySegment scales; // f32 (R)
  private final MemorySegment qkv; // rounded (R, P)
  private final MemorySegment mixed; // rounded (R, C)
  private final MemorySegment branch; // f32 (R, C)
  private final MemorySegment gateUp; // rounded (R, 2F)
  private final MemorySegment gated; // rounded (R, F)
  private final MemorySegment logits; // f32 (V)

  private LlamaDecoder(LlamaShape shape, Device device, MemorySegment flat, int capacity) {
    this.shape = shape;
    this.device = device;
    this.capacity = capacity;
    parameters = LlamaParameters.of(shape, FlatVectors.read(shape.layout(), flat, device));
    table = shape.rotary().table(device, capacity, shape.headWidth());
    long rows = CachedDecoder.MOST_ROWS;
    long c = shape.width();
    long cache = (long) shape.keyHeads() * capacity * shape.headWidth();
    for (int layer = 0; layer < shape.layers(); layer++) {
      caches.add(
          new KeyValues(device.allocateActivations(cache), device.allocateActivations(cache)));
    }
    x = device.allocate(rows * c);
    normal = device.allocateActivations(rows * c);
    scales = device.allocate(rows);
    qkv = device.allocateActivations(rows * shape.packed());
    mixed = device.allocateActivations(rows * c);
    branch = device.allocate(rows * c);
    gateUp = device.allocateActivations(rows * 2 * shape.inner());
    gated = device.allocateActivations(rows * shape.inner());
    logits = device.allocate(shape.vocabulary());
  }

  static Decoder create(LlamaShape shape, Device device, MemorySegment flat, int capacity) {
    if (capacity < 1 || capacity > shape.context()) {
      throw new IllegalArgumentException(
          "a sequence has 1 to context tokens: capacity=%d, context=%d"
              .formatted(capacity, shape.context()));
    }
    return new CachedDecoder(
        device, new LlamaDecoder(shape, device, flat, capacity), shape.vocabulary(), capacity);
  }

  @Override
  public MemorySegment take(MemorySegment tokens, int start, int rows) {
    int c = shape.width();
    int h = shape.headWidth();
    RotaryKernels kernels = device.rotary();
    kernels.embedTokens(
        new EmbeddingShape(1, rows, c, shape.vocabulary()), tokens, parameters.tokens(), x);
    GroupedShape heads = new GroupedShape(1, rows, shape.heads(), shape.keyHeads(), h);
    CachedShape cached = new CachedShape(rows, start, capacity, heads);
    RotaryShape turning =
        new RotaryShape(rows, rows, shape.heads() + shape.keyHeads(), h, shape.packed());
    MemorySegment positions = table.asSlice((long) start * h * Float.BYTES);
    for (int layer = 0; layer < shape.layers(); layer++) {
      LlamaParameters.Block w = parameters.blocks().get(layer);
      kernels.rmsNorm(norm(rows), x, w.norm1(), normal, scales);
      device.matMul(MatMul.transposedB(rows, shape.packed(), c).rounded(), normal, w.qkv(), qkv);
      kernels.rotate(turning, Turn.FORWARD, qkv, positions);
      kernels.cachedAttention(cached, qkv, caches.get(layer), mixed);
      device.matMul(MatMul.transposedB(rows, c, c), mixed, w.attended(), branch);
      device.add((long) rows * c, x, branch, x);
      feedForward(w, rows);
    }
    MemorySegment last = x.asSlice((rows - 1L) * c * Float.BYTES, (long) c * Float.BYTES);
    kernels.rmsNorm(norm(1), last, parameters.norm(), normal, scales);
    device.matMul(MatMul.transposedB(1, shape.vocabulary(), c), normal, parameters.head(), logits);
    return logits;
  }

  private void feedForward(LlamaParameters.Block w, int rows) {
    int c = shape.width();
    int f = shape.inner();
    device.rotary().rmsNorm(norm(rows), x, w.norm2(), normal, scales);
    device.matMul(MatMul.transposedB(rows, 2 * f, c).rounded(), normal, w.gateUp(), gateUp);
    device.rotary().siluGate(new Rows(rows, f), gateUp, gated);
    device.matMul(MatMul.transposedB(rows, c, f), gated, w.down(), branch);
    device.add((long) rows * c, x, branch, x);
  }

  private RmsShape norm(int rows) {
    return new RmsShape(new Rows(rows, shape.width()), shape.epsilon());
  }
}
