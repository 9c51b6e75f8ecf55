package dev.sampo.model.gpt;

import dev.sampo.device.CachedShape;
import dev.sampo.device.Device;
import dev.sampo.device.EmbeddingShape;
import dev.sampo.device.GroupedShape;
import dev.sampo.device.MatMul;
import dev.sampo.device.RotaryKernels.KeyValues;
import dev.sampo.device.Rows;
import dev.sampo.model.Decoder;
import dev.sampo.model.FlatVectors;
import dev.sampo.model.generate.CachedDecoder;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A GPT-2 that reads one sequence in runs of rows. R is a run's rows, C the width; "rounded" is the
 * device's precision.
 */
final class GptDecoder implements CachedDecoder.Layers {
  private final GptShape shape;
  private final Device device;
  private final int capacity;
  private final GptParameters parameters;
  private final List<KeyValues> caches = new ArrayList<>();
  private final MemorySegment x; // f32 (R, C)
  private final MemorySegment normal; // rounded (R, C)
  private final MemorySegment statistics; // f32 (R, 2)
  private final MemorySegment qkv; // rounded (R, 3C)
  private final MemorySegment mixed; // rounded (R, C)
  private final MemorySegment branch; // f32 (R, C)
  private final MemorySegment before; // rounded (R, 4C): what GELU takes
  private final MemorySegment after; // rounded (R, 4C): what GELU gives
  private final MemorySegment logits; // f32 (V)

  private GptDecoder(GptShape shape, Device device, MemorySegment flat, int capacity) {
    this.shape = shape;
    this.device = device;
    this.capacity = capacity;
    parameters = GptParameters.of(shape.layers(), FlatVectors.read(shape.layout(), flat, device));
    long rows = CachedDecoder.MOST_ROWS;
    long c = shape.width();
    for (int layer = 0; layer < shape.layers(); layer++) {
      caches.add(
          new KeyValues(
              device.allocateActivations(capacity * c), device.allocateActivations(capacity * c)));
    }
    x = device.allocate(rows * c);
    normal = device.allocateActivations(rows * c);
    statistics = device.allocate(rows * 2);
    qkv = device.allocateActivations(rows * 3 * c);
    mixed = device.allocateActivations(rows * c);
    branch = device.allocate(rows * c);
    before = device.allocateActivations(rows * 4 * c);
    after = device.allocateActivations(rows * 4 * c);
    logits = device.allocate(shape.vocabulary());
  }

  static Decoder create(GptShape shape, Device device, MemorySegment flat, int capacity) {
    if (capacity < 1 || capacity > shape.context()) {
      throw new IllegalArgumentException(
          "a sequence has 1 to context tokens: capacity=%d, context=%d"
              .formatted(capacity, shape.context()));
    }
    return new CachedDecoder(
        device, new GptDecoder(shape, device, flat, capacity), shape.vocabulary(), capacity);
  }

  @Override
  public MemorySegment take(MemorySegment tokens, int start, int rows) {
    int c = shape.width();
    Rows narrow = new Rows(rows, c);
    MemorySegment positions = parameters.positions().asSlice((long) start * c * Float.BYTES);
    device.embed(
        new EmbeddingShape(1, rows, c, shape.vocabulary()),
        tokens,
        parameters.tokens(),
        positions,
        x);
    GroupedShape heads = new GroupedShape(1, rows, shape.heads(), shape.heads(), c / shape.heads());
    CachedShape cached = new CachedShape(rows, start, capacity, heads);
    for (int layer = 0; layer < shape.layers(); layer++) {
      BlockParameters p = parameters.blocks().get(layer);
      device.layerNorm(narrow, x, p.norm1(), normal, statistics);
      device.matMulBias(MatMul.plain(rows, 3 * c, c).rounded(), normal, p.qkv(), p.qkvBias(), qkv);
      device.rotary().cachedAttention(cached, qkv, caches.get(layer), mixed);
      device.matMulBias(MatMul.plain(rows, c, c), mixed, p.attended(), p.attendedBias(), branch);
      device.add(narrow.elements(), x, branch, x);
      device.layerNorm(narrow, x, p.norm2(), normal, statistics);
      MatMul up = MatMul.plain(rows, 4 * c, c).rounded();
      device.matMulBiasGelu(up, normal, p.up(), p.upBias(), before, after);
      device.matMulBias(MatMul.plain(rows, c, 4 * c), after, p.down(), p.downBias(), branch);
      device.add(narrow.elements(), x, branch, x);
    }
    MemorySegment last = x.asSlice((rows - 1L) * c * Float.BYTES, (long) c * Float.BYTES);
    device.layerNorm(new Rows(1, c), last, parameters.finalNorm(), normal, statistics);
    device.matMul(MatMul.transposedB(1, shape.vocabulary(), c), normal, parameters.head(), logits);
    return logits;
  }
}
