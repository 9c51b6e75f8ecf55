package dev.sampo.device.cpu;

import dev.sampo.device.Dropout;
import dev.sampo.device.Precision;
import java.lang.foreign.MemorySegment;

/**
 * Kernels on a device's threads in which each element stands alone. Called by one thread at a time;
 * a kernel's operands lie in fields until it is done.
 */
final class ElementwiseKernels {
  private final Split split;
  private final OperandCheck operands;
  private final Precision precision;
  private final Split.Range rounding = this::round;
  private final Split.Range addition = this::add;
  private final Split.Range dropping = this::drop;

  private MemorySegment x = MemorySegment.NULL;
  private MemorySegment other = MemorySegment.NULL;
  private MemorySegment y = MemorySegment.NULL;
  private Dropout dropout = Dropout.NONE;

  ElementwiseKernels(Split split, OperandCheck operands, Precision precision) {
    this.split = split;
    this.operands = operands;
    this.precision = precision;
  }

  void round(long elements, MemorySegment x, MemorySegment y) {
    operands.check("x", x, elements);
    operands.checkActivations("y", y, elements);
    if (precision != Precision.F32 || x.address() != y.address()) {
      this.x = x;
      this.y = y;
      split.elements(elements, rounding);
    }
  }

  private void round(long from, long to) {
    Bfloat16.store(precision, x, from, y, from, (int) (to - from));
  }

  void add(long elements, MemorySegment a, MemorySegment b, MemorySegment sum) {
    operands.check("a", a, elements);
    operands.check("b", b, elements);
    operands.check("sum", sum, elements);
    x = a;
    other = b;
    y = sum;
    split.elements(elements, addition);
  }

  private void add(long from, long to) {
    Elementwise.add(x, other, y, from, to);
  }

  void dropout(long elements, Dropout dropout, MemorySegment x, MemorySegment y) {
    operands.check("x", x, elements);
    operands.check("y", y, elements);
    this.dropout = dropout;
    this.x = x;
    this.y = y;
    split.elements(elements, dropping);
  }

  private void drop(long from, long to) {
    int rowKey = DropoutMask.rowKey(dropout, from / Split.ELEMENTS);
    DropoutMask.apply(dropout, rowKey, 0, x, from, y, from, (int) (to - from));
  }
}
