package dev.sampo.model.gpt;

import dev.sampo.device.AttentionShape;
import dev.sampo.device.Device;
import dev.sampo.device.MatMul;
import dev.sampo.device.Normalised;
import dev.sampo.device.Rows;
import java.lang.foreign.MemorySegment;

/**
 * One transformer block: {@code middle = x + attention(norm1(x)); out = middle +
 * feedForward(norm2(middle))}, forward and backward, with the activations that backward needs.
 *
 * <p>R below is batch times context, C the width. A block knows only its own parameters and its
 * borders, x in and out, so that blocks can be run one at a time.
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
          MatMul.plain(r, 3 * c, c),
          MatMul.plain(r, c, c),
          MatMul.plain(r, 4 * c, c),
          MatMul.plain(r, c, 4 * c),
          MatMul.transposedB(r, c, 3 * c),
          MatMul.transposedB(r, c, c),
          MatMul.transposedB(r, c, 4 * c),
          MatMul.transposedB(r, 4 * c, c),
          MatMul.transposedA(c, 3 * c, r),
          MatMul.transposedA(c, c, r),
          MatMul.transposedA(c, 4 * c, r),
          MatMul.transposedA(4 * c, c, r));
    }
  }

  /** Room that backward uses and that no block keeps; shared by all blocks. */
  record Scratch(MemorySegment narrow, MemorySegment wide) {
    static Scratch allocate(Device device, Rows rows) {
      return new Scratch(device.allocate(rows.elements()), device.allocate(4 * rows.elements()));
    }
  }

  private final Device device;
  private final Rows rows;
  private final AttentionShape attention;
  private final Products products;
  private final Scratch scratch;

  private final MemorySegment statistics1; // (R, 2)
  private final MemorySegment normal1; // (R, C)
  private final MemorySegment qkv; // (R, 3C)
  private final MemorySegment weights; // (batch, heads, context, context)
  private final MemorySegment mixed; // (R, C): the heads' outputs side by side
  private final MemorySegment middle; // (R, C)
  private final MemorySegment statistics2; // (R, 2)
  private final MemorySegment normal2; // (R, C)
  private final MemorySegment before; // (R, 4C): what GELU takes
  private final MemorySegment after; // (R, 4C): what GELU gives
  private final MemorySegment out; // (R, C)

  Block(Device device, AttentionShape attention, Products products, Scratch scratch) {
    this.device = device;
    this.attention = attention;
    this.products = products;
    this.scratch = scratch;
    rows = new Rows(attention.batch() * attention.context(), attention.width());
    long narrow = rows.elements();
    statistics1 = device.allocate(2L * rows.rows());
    normal1 = device.allocate(narrow);
    qkv = device.allocate(3 * narrow);
    weights = device.allocate(attention.weightElements());
    mixed = device.allocate(narrow);
    middle = device.allocate(narrow);
    statistics2 = device.allocate(2L * rows.rows());
    normal2 = device.allocate(narrow);
    before = device.allocate(4 * narrow);
    after = device.allocate(4 * narrow);
    out = device.allocate(narrow);
  }

  /** The block's output border, (R, C), good until its next forward pass. */
  MemorySegment out() {
    return out;
  }

  void forward(BlockParameters p, MemorySegment x) {
    long narrow = rows.elements();
    device.layerNorm(rows, x, p.norm1(), normal1, statistics1);
    device.matMulBias(products.qkv(), normal1, p.qkv(), p.qkvBias(), qkv);
    device.attention(attention, qkv, weights, mixed);
    device.matMulBias(products.attended(), mixed, p.attended(), p.attendedBias(), middle);
    device.add(narrow, x, middle, middle);
    device.layerNorm(rows, middle, p.norm2(), normal2, statistics2);
    device.matMulBias(products.up(), normal2, p.up(), p.upBias(), before);
    device.gelu(4 * narrow, before, after);
    device.matMulBias(products.down(), after, p.down(), p.downBias(), out);
    device.add(narrow, middle, out, out);
  }

  /**
   * Sets the gradients of the block's parameters.
   *
   * @param x the input border that forward took
   * @param gradient out: slices of the flat gradient
   * @param dx in: gradient at the output border; out: at the input border, (R, C)
   */
  void backward(BlockParameters p, MemorySegment x, BlockParameters gradient, MemorySegment dx) {
    feedForwardBackward(p, gradient, dx);
    attentionBackward(p, x, gradient, dx);
  }

  private void feedForwardBackward(BlockParameters p, BlockParameters gradient, MemorySegment dx) {
    Rows wideRows = new Rows(rows.rows(), 4 * rows.width());
    device.sumRows(rows, dx, gradient.downBias());
    device.matMul(products.downWeight(), after, dx, gradient.down());
    device.matMul(products.downInput(), dx, p.down(), scratch.wide());
    device.geluBackward(wideRows.elements(), before, scratch.wide(), scratch.wide());
    device.sumRows(wideRows, scratch.wide(), gradient.upBias());
    device.matMul(products.upWeight(), normal2, scratch.wide(), gradient.up());
    device.matMul(products.upInput(), scratch.wide(), p.up(), scratch.narrow());
    // The residual path's gradient is in dx already; the norm adds the other path's.
    device.layerNormBackward(
        rows,
        new Normalised(middle, statistics2),
        p.norm2().gain(),
        scratch.narrow(),
        dx,
        gradient.norm2());
  }

  private void attentionBackward(
      BlockParameters p, MemorySegment x, BlockParameters gradient, MemorySegment dx) {
    device.sumRows(rows, dx, gradient.attendedBias());
    device.matMul(products.attendedWeight(), mixed, dx, gradient.attended());
    device.matMul(products.attendedInput(), dx, p.attended(), scratch.narrow());
    device.attentionBackward(attention, qkv, weights, scratch.narrow(), scratch.wide());
    device.sumRows(new Rows(rows.rows(), 3 * rows.width()), scratch.wide(), gradient.qkvBias());
    device.matMul(products.qkvWeight(), normal1, scratch.wide(), gradient.qkv());
    device.matMul(products.qkvInput(), scratch.wide(), p.qkv(), scratch.narrow());
    device.layerNormBackward(
        rows,
        new Normalised(x, statistics1),
        p.norm1().gain(),
        scratch.narrow(),
        dx,
        gradient.norm1());
  }
}
