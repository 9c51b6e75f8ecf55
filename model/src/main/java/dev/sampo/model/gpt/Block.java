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
import java.lang.foreign.MemorySegment;

/**
 * One transformer block: {@code middle = x + attention(norm1(x)); out = middle +
 * feedForward(norm2(middle))}, forward and backward.
 *
 * <p>A block knows only its own parameters and its borders, x in and out, so that blocks can be run
 * one at a time, and backward can begin by computing anew what forward did not keep.
 */
final class Block {
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

  private final Device device;
  private final int layer;
  private final Rows rows;
  private final AttentionShape attention;
  private final Products products;
  private final BlockActivations my;
  private final BlockScratch scratch;
  private final GptOptions.Activations kept;
  private final MemorySegment out; // f32 (R, C)

  Block(
      Device device,
      int layer,
      AttentionShape attention,
      Products products,
      BlockActivations activations,
      BlockScratch scratch,
      GptOptions.Activations kept) {
    this.device = device;
    this.layer = layer;
    this.attention = attention;
    this.products = products;
    this.my = activations;
    this.scratch = scratch;
    this.kept = kept;
    rows = new Rows(attention.batch() * attention.context(), attention.width());
    out = device.allocate(rows.elements());
  }

  /** The block's output border, f32 (R, C), good until its next forward pass. */
  MemorySegment out() {
    return out;
  }

  void forward(BlockParameters p, MemorySegment x, Noise noise) {
    inside(p, x, noise);
    residual(
        products.down(),
        my.after(),
        p.down(),
        p.downBias(),
        my.middle(),
        out,
        noise.at(layer, Site.FED_FORWARD));
  }

  /** All of forward but its last product: what backward needs. */
  private void inside(BlockParameters p, MemorySegment x, Noise noise) {
    device.layerNorm(rows, x, p.norm1(), my.normal1(), my.statistics1());
    device.matMulBias(products.qkv(), my.normal1(), p.qkv(), p.qkvBias(), my.qkv());
    Dropout weights = noise.at(layer, Site.ATTENTION_WEIGHTS);
    device.attention(attention, weights, my.qkv(), my.softmax(), my.mixed());
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

  /**
   * Sets the gradients of the block's parameters.
   *
   * @param x the input border that forward took
   * @param gradient out: slices of the flat gradient
   * @param dx in: gradient at the output border; out: at the input border, f32 (R, C)
   */
  void backward(
      BlockParameters p, MemorySegment x, BlockParameters gradient, MemorySegment dx, Noise noise) {
    if (kept == GptOptions.Activations.RECOMPUTED) {
      inside(p, x, noise);
    }
    feedForwardBackward(p, gradient, dx, noise);
    attentionBackward(p, x, gradient, dx, noise);
  }

  private void feedForwardBackward(
      BlockParameters p, BlockParameters gradient, MemorySegment dx, Noise noise) {
    Rows wideRows = new Rows(rows.rows(), 4 * rows.width());
    MemorySegment dOut = branch(dx, gradient.downBias(), noise.at(layer, Site.FED_FORWARD));
    device.matMul(products.downWeight(), my.after(), dOut, gradient.down());
    device.matMulGeluBackward(products.downInput(), dOut, p.down(), my.before(), scratch.wide());
    device.sumRows(wideRows, device.precision(), scratch.wide(), gradient.upBias());
    device.matMul(products.upWeight(), my.normal2(), scratch.wide(), gradient.up());
    device.matMul(products.upInput(), scratch.wide(), p.up(), scratch.narrow());
    // The residual path's gradient is in dx already; the norm adds the other path's.
    device.layerNormBackward(
        rows,
        new Normalised(my.middle(), my.statistics2()),
        p.norm2().gain(),
        scratch.narrow(),
        dx,
        gradient.norm2());
  }

  private void attentionBackward(
      BlockParameters p, MemorySegment x, BlockParameters gradient, MemorySegment dx, Noise noise) {
    MemorySegment dOut = branch(dx, gradient.attendedBias(), noise.at(layer, Site.ATTENDED));
    device.matMul(products.attendedWeight(), my.mixed(), dOut, gradient.attended());
    device.matMul(products.attendedInput(), dOut, p.attended(), scratch.narrow());
    device.attentionBackward(
        attention,
        noise.at(layer, Site.ATTENTION_WEIGHTS),
        new Attended(my.qkv(), my.softmax(), my.mixed()),
        scratch.narrow(),
        scratch.wide());
    device.sumRows(
        new Rows(rows.rows(), 3 * rows.width()),
        device.precision(),
        scratch.wide(),
        gradient.qkvBias());
    device.matMul(products.qkvWeight(), my.normal1(), scratch.wide(), gradient.qkv());
    device.matMul(products.qkvInput(), scratch.wide(), p.qkv(), scratch.narrow());
    device.layerNormBackward(
        rows,
        new Normalised(x, my.statistics1()),
        p.norm1().gain(),
        scratch.narrow(),
        dx,
        gradient.norm1());
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
