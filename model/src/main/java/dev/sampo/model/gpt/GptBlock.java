package dev.sampo.model.gpt;

import dev.sampo.device.Attended;
import dev.sampo.device.AttentionShape;
import dev.sampo.device.Device;
import dev.sampo.device.Dropout;
import dev.sampo.device.MatMul;
import dev.sampo.device.Normalised;
import dev.sampo.device.Precision;
import dev.sampo.device.Rows;
import dev.sampo.model.Noise;
import dev.sampo.model.Noise.Site;
import dev.sampo.model.transformer.Layers;
import java.lang.foreign.MemorySegment;

/**
 * One transformer block: {@code middle = x + attention(norm1(x)); out = middle +
 * feedForward(norm2(middle))}, forward and backward.
 *
 * <p>R is batch times context, C the width.
 */
final class GptBlock implements Layers.Block<GptParameters> {
  /** What all blocks of a model share. */
  record Common(
      Device device,
      Rows rows,
      Rows packedRows,
      Rows wideRows,
      AttentionShape attention,
      Products products,
      BlockScratch scratch) {

    static Common of(GptShape shape, Device device, int sequences, float dropout) {
      int c = shape.width();
      Rows rows = new Rows(Math.multiplyExact(sequences, shape.context()), c);
      return new Common(
          device,
          rows,
          new Rows(rows.rows(), 3 * c),
          new Rows(rows.rows(), 4 * c),
          new AttentionShape(sequences, shape.context(), shape.heads(), c / shape.heads()),
          Products.of(rows.rows(), c),
          BlockScratch.allocate(device, rows, dropout));
    }
  }

  /** The products of a block, for one number of rows; shared by all blocks. */
  record Products(
      MatMul qkv,
      MatMul attended,
      MatMul up,
      MatMul down,
      MatMul qkvInput,
      MatMul attendedInput,
      MatMul upInput,
      MatMul downInput,
      MatMul qkvWeight,
      MatMul attendedWeight,
      MatMul upWeight,
      MatMul downWeight) {

    static Products of(int r, int c) {
      return new Products(
          MatMul.plain(r, 3 * c, c).rounded(),
          MatMul.plain(r, c, c),
          MatMul.plain(r, 4 * c, c).rounded(),
          MatMul.plain(r, c, 4 * c),
          MatMul.transposedB(r, c, 3 * c),
          MatMul.transposedB(r, c, c).rounded(),
          MatMul.transposedB(r, c, 4 * c),
          MatMul.transposedB(r, 4 * c, c).rounded(),
          MatMul.transposedA(c, 3 * c, r),
          MatMul.transposedA(c, c, r),
          MatMul.transposedA(c, 4 * c, r),
          MatMul.transposedA(4 * c, c, r));
    }
  }

  private final Common common;
  private final Device device;
  private final Rows rows;
  private final Products products;
  private final BlockScratch scratch;
  private final BlockActivations my;
  private final int layer;
  private final MemorySegment x;

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
  GptBlock(Common common, BlockActivations my, int layer, MemorySegment x) {
    this.common = common;
    this.my = my;
    this.layer = layer;
    this.x = x;
    device = common.device();
    rows = common.rows();
    products = common.products();
    scratch = common.scratch();
    normalised1 = new Normalised(x, my.statistics1());
    attended = new Attended(my.qkv(), my.softmax(), my.mixed());
    normalised2 = new Normalised(my.middle(), my.statistics2());
  }

  @Override
  public GptBlock at(int otherLayer, MemorySegment border) {
    return new GptBlock(common, my, otherLayer, border);
  }

  @Override
  public void forward(GptParameters all, Noise noise, MemorySegment out) {
    recompute(all, noise);
    BlockParameters p = all.blocks().get(layer);
    Dropout dropout = noise.at(layer, Site.FED_FORWARD);
    residual(products.down(), my.after(), p.down(), p.downBias(), my.middle(), out, dropout);
  }

  @Override
  public void recompute(GptParameters all, Noise noise) {
    BlockParameters p = all.blocks().get(layer);
    device.layerNorm(rows, x, p.norm1(), my.normal1(), my.statistics1());
    device.matMulBias(products.qkv(), my.normal1(), p.qkv(), p.qkvBias(), my.qkv());
    Dropout weights = noise.at(layer, Site.ATTENTION_WEIGHTS);
    device.attention(common.attention(), weights, my.qkv(), my.softmax(), my.mixed());
    residual(
        products.attended(),
        my.mixed(),
        p.attended(),
        p.attendedBias(),
        x,
        my.middle(),
        noise.at(layer, Site.ATTENDED));
    device.layerNorm(rows, my.middle(), p.norm2(), my.normal2(), my.statistics2());
    device.matMulBiasGelu(products.up(), my.normal2(), p.up(), p.upBias(), my.before(), my.after());
  }

  /** to = from + dropout(a b + bias). */
  private void residual(
      MatMul shape,
      MemorySegment a,
      MemorySegment b,
      MemorySegment bias,
      MemorySegment from,
      MemorySegment to,
      Dropout dropout) {
    if (dropout.isNone()) {
      device.matMulBiasAdd(shape, a, b, bias, from, to);
      return;
    }
    device.matMulBias(shape, a, b, bias, to);
    device.dropout(rows.elements(), dropout, to, to);
    device.add(rows.elements(), from, to, to);
  }

  @Override
  public void backward(GptParameters all, Noise noise, GptParameters gradient, MemorySegment dx) {
    BlockParameters p = all.blocks().get(layer);
    BlockParameters g = gradient.blocks().get(layer);
    feedForwardBackward(p, g, dx, noise.at(layer, Site.FED_FORWARD));
    attentionBackward(p, noise, g, dx);
  }

  private void feedForwardBackward(
      BlockParameters p, BlockParameters gradient, MemorySegment dx, Dropout dropout) {
    MemorySegment dOut = branch(dx, gradient.downBias(), dropout);
    device.matMul(products.downWeight(), my.after(), dOut, gradient.down());
    device.matMulGeluBackward(products.downInput(), dOut, p.down(), my.before(), scratch.wide());
    device.sumRows(common.wideRows(), device.precision(), scratch.wide(), gradient.upBias());
    device.matMul(products.upWeight(), my.normal2(), scratch.wide(), gradient.up());
    device.matMul(products.upInput(), scratch.wide(), p.up(), scratch.narrow());
    // The residual path's gradient is in dx already; the norm adds the other path's.
    device.layerNormBackward(
        rows, normalised2, p.norm2().gain(), scratch.narrow(), dx, gradient.norm2());
  }

  private void attentionBackward(
      BlockParameters p, Noise noise, BlockParameters gradient, MemorySegment dx) {
    MemorySegment dOut = branch(dx, gradient.attendedBias(), noise.at(layer, Site.ATTENDED));
    device.matMul(products.attendedWeight(), my.mixed(), dOut, gradient.attended());
    device.matMul(products.attendedInput(), dOut, p.attended(), scratch.narrow());
    device.attentionBackward(
        common.attention(),
        noise.at(layer, Site.ATTENTION_WEIGHTS),
        attended,
        scratch.narrow(),
        scratch.wide());
    device.sumRows(common.packedRows(), device.precision(), scratch.wide(), gradient.qkvBias());
    device.matMul(products.qkvWeight(), my.normal1(), scratch.wide(), gradient.qkv());
    device.matMul(products.qkvInput(), scratch.wide(), p.qkv(), scratch.narrow());
    device.layerNormBackward(
        rows, normalised1, p.norm1().gain(), scratch.narrow(), dx, gradient.norm1());
  }

  /**
   * The gradient at a branch's last product, for products: dx through the branch's dropout, its sum
   * the gradient of the branch's last bias.
   */
  private MemorySegment branch(MemorySegment dx, MemorySegment biasGradient, Dropout dropout) {
    MemorySegment through = dx;
    if (!dropout.isNone()) {
      through = scratch.dropped();
      device.dropout(rows.elements(), dropout, dx, through);
    }
    device.sumRows(rows, Precision.F32, through, biasGradient);
    if (device.precision() == Precision.F32) {
      return through;
    }
    device.round(rows.elements(), through, scratch.rounded());
    return scratch.rounded();
  }
}
