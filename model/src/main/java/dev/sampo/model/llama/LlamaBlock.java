package dev.sampo.model.llama;

import dev.sampo.device.Device;
import dev.sampo.device.GroupedShape;
import dev.sampo.device.MatMul;
import dev.sampo.device.Normalised;
import dev.sampo.device.RmsShape;
import dev.sampo.device.RotaryKernels.Turn;
import dev.sampo.device.RotaryShape;
import dev.sampo.device.Rows;
import java.lang.foreign.MemorySegment;

/**
 * One block: {@code middle = x + attention(norm1(x)); out = middle + gated(norm2(middle))}, forward
 * and backward, with the activations that backward needs.
 *
 * <p>R below is batch times context, C the width, P the packed queries, keys and values of a token,
 * F the inner width. A block knows only its own parameters and its borders, x in and out.
 */
final class LlamaBlock {
  /** What all blocks of a model share: shapes, the table of positions, room that none keeps. */
  record Common(
      LlamaShape shape,
      Device device,
      RmsShape norm,
      GroupedShape attention,
      RotaryShape rotary,
      MemorySegment table,
      Products products,
      Scratch scratch) {

    static Common of(LlamaShape shape, Device device, int sequences) {
      int r = Math.multiplyExact(sequences, shape.context());
      int h = shape.headWidth();
      return new Common(
          shape,
          device,
          new RmsShape(new Rows(r, shape.width()), shape.epsilon()),
          new GroupedShape(sequences, shape.context(), shape.heads(), shape.keyHeads(), h),
          new RotaryShape(r, shape.context(), shape.heads() + shape.keyHeads(), h, shape.packed()),
          shape.rotary().table(device, shape.context(), h),
          Products.of(r, shape),
          new Scratch(
              device.allocate((long) r * shape.width()),
              device.allocate((long) r * shape.packed()),
              device.allocate((long) r * shape.inner()),
              device.allocate(2L * r * shape.inner())));
    }

    int rows() {
      return norm.rows().rows();
    }
  }

  /** The products of a block: forward, for the gradient at the input, for that of the weight. */
  record Products(
      Rows inner,
      MatMul qkv,
      MatMul attended,
      MatMul gateUp,
      MatMul down,
      MatMul qkvInput,
      MatMul attendedInput,
      MatMul gateUpInput,
      MatMul downInput,
      MatMul qkvWeight,
      MatMul attendedWeight,
      MatMul gateUpWeight,
      MatMul downWeight) {

    static Products of(int r, LlamaShape shape) {
      int c = shape.width();
      int p = shape.packed();
      int f = shape.inner();
      return new Products(
          new Rows(r, f),
          MatMul.transposedB(r, p, c),
          MatMul.transposedB(r, c, c),
          MatMul.transposedB(r, 2 * f, c),
          MatMul.transposedB(r, c, f),
          MatMul.plain(r, c, p),
          MatMul.plain(r, c, c),
          MatMul.plain(r, c, 2 * f),
          MatMul.plain(r, f, c),
          MatMul.transposedA(p, c, r),
          MatMul.transposedA(c, c, r),
          MatMul.transposedA(2 * f, c, r),
          MatMul.transposedA(c, f, r));
    }
  }

  /**
   * Room for gradients.
   *
   * @param narrow (R, C)
   * @param packed (R, P)
   * @param inner (R, F)
   * @param gateUp (R, 2F)
   */
  record Scratch(
      MemorySegment narrow, MemorySegment packed, MemorySegment inner, MemorySegment gateUp) {}

  private final Common common;
  private final Device device;
  private final Scratch scratch;
  private final Products products;
  private final long narrow; // R C

  private final MemorySegment scales1; // (R)
  private final MemorySegment normal1; // (R, C)
  private final MemorySegment qkv; // (R, P), turned
  private final MemorySegment mixed; // (R, C): the heads' outputs side by side
  private final MemorySegment middle; // (R, C)
  private final MemorySegment scales2; // (R)
  private final MemorySegment normal2; // (R, C)
  private final MemorySegment gateUp; // (R, 2F)
  private final MemorySegment gated; // (R, F)
  private final MemorySegment out; // (R, C)

  LlamaBlock(Common common) {
    this.common = common;
    device = common.device();
    scratch = common.scratch();
    products = common.products();
    int r = common.rows();
    int p = common.shape().packed();
    int f = common.shape().inner();
    narrow = common.norm().rows().elements();
    scales1 = device.allocate(r);
    normal1 = device.allocate(narrow);
    qkv = device.allocate((long) r * p);
    mixed = device.allocate(narrow);
    middle = device.allocate(narrow);
    scales2 = device.allocate(r);
    normal2 = device.allocate(narrow);
    gateUp = device.allocate(2L * r * f);
    gated = device.allocate((long) r * f);
    out = device.allocate(narrow);
  }

  /** The block's output border, (R, C), good until its next forward pass. */
  MemorySegment out() {
    return out;
  }

  void forward(LlamaParameters.Block w, MemorySegment x) {
    device.rotary().rmsNorm(common.norm(), x, w.norm1(), normal1, scales1);
    device.matMul(products.qkv(), normal1, w.qkv(), qkv);
    device.rotary().rotate(common.rotary(), Turn.FORWARD, qkv, common.table());
    device.rotary().groupedAttention(common.attention(), qkv, mixed);
    device.matMul(products.attended(), mixed, w.attended(), middle);
    device.add(narrow, x, middle, middle);
    device.rotary().rmsNorm(common.norm(), middle, w.norm2(), normal2, scales2);
    device.matMul(products.gateUp(), normal2, w.gateUp(), gateUp);
    device.rotary().siluGate(products.inner(), gateUp, gated);
    device.matMul(products.down(), gated, w.down(), out);
    device.add(narrow, middle, out, out);
  }

  /**
   * Sets the gradients of the block's parameters.
   *
   * @param x the input border that forward took
   * @param g out: slices of the flat gradient
   * @param dx in: gradient at the output border; out: at the input border, (R, C)
   */
  void backward(
      LlamaParameters.Block w, MemorySegment x, LlamaParameters.Block g, MemorySegment dx) {
    device.matMul(products.downWeight(), dx, gated, g.down());
    device.matMul(products.downInput(), dx, w.down(), scratch.inner());
    device.rotary().siluGateBackward(products.inner(), gateUp, scratch.inner(), scratch.gateUp());
    device.matMul(products.gateUpWeight(), scratch.gateUp(), normal2, g.gateUp());
    device.matMul(products.gateUpInput(), scratch.gateUp(), w.gateUp(), scratch.narrow());
    // The residual path's gradient is in dx already; the norm adds the other path's.
    normBackward(new Normalised(middle, scales2), w.norm2(), dx, g.norm2());

    device.matMul(products.attendedWeight(), dx, mixed, g.attended());
    device.matMul(products.attendedInput(), dx, w.attended(), scratch.narrow());
    device
        .rotary()
        .groupedAttentionBackward(common.attention(), qkv, scratch.narrow(), scratch.packed());
    device.rotary().rotate(common.rotary(), Turn.BACKWARD, scratch.packed(), common.table());
    device.matMul(products.qkvWeight(), scratch.packed(), normal1, g.qkv());
    device.matMul(products.qkvInput(), scratch.packed(), w.qkv(), scratch.narrow());
    normBackward(new Normalised(x, scales1), w.norm1(), dx, g.norm1());
  }

  private void normBackward(
      Normalised saved, MemorySegment gain, MemorySegment dx, MemorySegment dGain) {
    device.rotary().rmsNormBackward(common.norm(), saved, gain, scratch.narrow(), dx, dGain);
  }
}
