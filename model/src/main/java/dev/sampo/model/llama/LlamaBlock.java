package dev.sampo.model.llama;

import dev.sampo.device.Attended;
import dev.sampo.device.AttentionShape;
import dev.sampo.device.Device;
import dev.sampo.device.Dropout;
import dev.sampo.device.MatMul;
import dev.sampo.device.Normalised;
import dev.sampo.device.Precision;
import dev.sampo.device.RmsShape;
import dev.sampo.device.RotaryKernels.Turn;
import dev.sampo.device.RotaryShape;
import dev.sampo.device.Rows;
import dev.sampo.model.Noise;
import dev.sampo.model.Noise.Site;
import dev.sampo.model.transformer.Layers;
import java.lang.foreign.MemorySegment;

/**
 * One block: {@code middle = x + attention(norm1(x)); out = middle + gated(norm2(middle))}, forward
 * and backward, with the activations that backward needs.
 *
 * <p>R below is batch times context, C the width, P the packed queries, keys and values of a token,
 * F the inner width.
 */
final class LlamaBlock implements Layers.Block<LlamaParameters> {
  /** What all blocks of a model share: shapes, the table of positions, room that none keeps. */
  record Common(
      LlamaShape shape,
      Device device,
      RmsShape norm,
      AttentionShape attention,
      RotaryShape rotary,
      MemorySegment table,
      Products products,
      Scratch scratch) {

    static Common of(LlamaShape shape, Device device, int sequences, float dropout) {
      int r = Math.multiplyExact(sequences, shape.context());
      int h = shape.headWidth();
      return new Common(
          shape,
          device,
          new RmsShape(new Rows(r, shape.width()), shape.epsilon()),
          new AttentionShape(sequences, shape.context(), shape.heads(), shape.keyHeads(), h),
          new RotaryShape(r, shape.context(), shape.heads() + shape.keyHeads(), h, shape.packed()),
          shape.rotary().table(device, shape.context(), h),
          Products.of(r, shape),
          Scratch.allocate(shape, device, r, dropout));
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
          MatMul.transposedB(r, p, c).rounded(),
          MatMul.transposedB(r, c, c),
          MatMul.transposedB(r, 2 * f, c).rounded(),
          MatMul.transposedB(r, c, f),
          MatMul.plain(r, c, p),
          MatMul.plain(r, c, c).rounded(),
          MatMul.plain(r, c, 2 * f),
          MatMul.plain(r, f, c).rounded(),
          MatMul.transposedA(p, c, r),
          MatMul.transposedA(c, c, r),
          MatMul.transposedA(2 * f, c, r),
          MatMul.transposedA(c, f, r));
    }
  }

  /**
   * Room for gradients; "rounded" is the device's precision.
   *
   * @param narrow f32 (R, C); rounded for a moment, between two products
   * @param packed rounded (R, P)
   * @param inner rounded (R, F)
   * @param gateUp rounded (R, 2F)
   * @param dropped f32 (R, C), with dropout only
   * @param rounded (R, C), on a device of less than f32 only
   */
  record Scratch(
      MemorySegment narrow,
      MemorySegment packed,
      MemorySegment inner,
      MemorySegment gateUp,
      MemorySegment dropped,
      MemorySegment rounded) {

    static Scratch allocate(LlamaShape shape, Device device, int rows, float dropout) {
      long narrow = (long) rows * shape.width();
      boolean full = device.precision() == Precision.F32;
      return new Scratch(
          device.allocate(narrow),
          device.allocateActivations((long) rows * shape.packed()),
          device.allocateActivations((long) rows * shape.inner()),
          device.allocateActivations(2L * rows * shape.inner()),
          dropout > 0 ? device.allocate(narrow) : MemorySegment.NULL,
          full ? MemorySegment.NULL : device.allocateActivations(narrow));
    }
  }

  private final Common common;
  private final Device device;
  private final Scratch scratch;
  private final Products products;
  private final LlamaActivations my;
  private final int layer;
  private final MemorySegment x;
  private final long narrow; // R C

  // What backward needs of forward.
  private final Normalised normalised1;
  private final Attended attended;
  private final Normalised normalised2;

  /**
   * A layer.
   *
   * @param my its room
   * @param x its lower border
   */
  LlamaBlock(Common common, LlamaActivations my, int layer, MemorySegment x) {
    this.common = common;
    this.my = my;
    this.layer = layer;
    this.x = x;
    device = common.device();
    scratch = common.scratch();
    products = common.products();
    narrow = common.norm().rows().elements();
    normalised1 = new Normalised(x, my.scales1());
    attended = new Attended(my.qkv(), my.softmax(), my.mixed());
    normalised2 = new Normalised(my.middle(), my.scales2());
  }

  @Override
  public LlamaBlock at(int otherLayer, MemorySegment border) {
    return new LlamaBlock(common, my, otherLayer, border);
  }

  @Override
  public void forward(LlamaParameters all, Noise noise, MemorySegment out) {
    recompute(all, noise);
    device.matMul(products.down(), my.gated(), all.blocks().get(layer).down(), out);
    residual(my.middle(), out, noise.at(layer, Site.FED_FORWARD));
  }

  @Override
  public void recompute(LlamaParameters all, Noise noise) {
    LlamaParameters.Block w = all.blocks().get(layer);
    device.rotary().rmsNorm(common.norm(), x, w.norm1(), my.normal1(), my.scales1());
    device.matMul(products.qkv(), my.normal1(), w.qkv(), my.qkv());
    device.rotary().rotate(common.rotary(), Turn.FORWARD, my.qkv(), common.table());
    Dropout weights = noise.at(layer, Site.ATTENTION_WEIGHTS);
    device.attention(common.attention(), weights, my.qkv(), my.softmax(), my.mixed());
    device.matMul(products.attended(), my.mixed(), w.attended(), my.middle());
    residual(x, my.middle(), noise.at(layer, Site.ATTENDED));
    device.rotary().rmsNorm(common.norm(), my.middle(), w.norm2(), my.normal2(), my.scales2());
    device.matMul(products.gateUp(), my.normal2(), w.gateUp(), my.gateUp());
    device.rotary().siluGate(products.inner(), my.gateUp(), my.gated());
  }

  /** to = from + dropout(to). */
  private void residual(MemorySegment from, MemorySegment to, Dropout dropout) {
    if (!dropout.isNone()) {
      device.dropout(narrow, dropout, to, to);
    }
    device.add(narrow, from, to, to);
  }

  @Override
  public void backward(
      LlamaParameters all, Noise noise, LlamaParameters gradient, MemorySegment dx) {
    LlamaParameters.Block w = all.blocks().get(layer);
    LlamaParameters.Block g = gradient.blocks().get(layer);
    MemorySegment dOut = branch(dx, noise.at(layer, Site.FED_FORWARD));
    device.matMul(products.downWeight(), dOut, my.gated(), g.down());
    device.matMul(products.downInput(), dOut, w.down(), scratch.inner());
    device
        .rotary()
        .siluGateBackward(products.inner(), my.gateUp(), scratch.inner(), scratch.gateUp());
    device.matMul(products.gateUpWeight(), scratch.gateUp(), my.normal2(), g.gateUp());
    device.matMul(products.gateUpInput(), scratch.gateUp(), w.gateUp(), scratch.narrow());
    // The residual path's gradient is in dx already; the norm adds the other path's.
    normBackward(normalised2, w.norm2(), dx, g.norm2());

    MemorySegment dAttended = branch(dx, noise.at(layer, Site.ATTENDED));
    device.matMul(products.attendedWeight(), dAttended, my.mixed(), g.attended());
    device.matMul(products.attendedInput(), dAttended, w.attended(), scratch.narrow());
    device.attentionBackward(
        common.attention(),
        noise.at(layer, Site.ATTENTION_WEIGHTS),
        attended,
        scratch.narrow(),
        scratch.packed());
    device.rotary().rotate(common.rotary(), Turn.BACKWARD, scratch.packed(), common.table());
    device.matMul(products.qkvWeight(), scratch.packed(), my.normal1(), g.qkv());
    device.matMul(products.qkvInput(), scratch.packed(), w.qkv(), scratch.narrow());
    normBackward(normalised1, w.norm1(), dx, g.norm1());
  }

  /** The gradient at a branch's last product, for products: dx through the branch's dropout. */
  private MemorySegment branch(MemorySegment dx, Dropout dropout) {
    MemorySegment through = dx;
    if (!dropout.isNone()) {
      through = scratch.dropped();
      device.dropout(narrow, dropout, dx, through);
    }
    if (device.precision() == Precision.F32) {
      return through;
    }
    device.round(narrow, through, scratch.rounded());
    return scratch.rounded();
  }

  private void normBackward(
      Normalised saved, MemorySegment gain, MemorySegment dx, MemorySegment dGain) {
    device.rotary().rmsNormBackward(common.norm(), saved, gain, scratch.narrow(), dx, dGain);
  }
}
