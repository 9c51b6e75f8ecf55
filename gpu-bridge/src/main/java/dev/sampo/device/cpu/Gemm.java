package dev.sampo.device.cpu;

import java.lang.foreign.MemorySegment;

/**
 * A single-threaded matrix product. The same tile on the same operands gives the same bits on any
 * worker.
 */
interface Gemm extends AutoCloseable {

  /** Short name of the implementation, part of the device's name. */
  String name();

  /**
   * Makes ready a product, which one thread at a time may run. Costs up to milliseconds; callers
   * keep what they get.
   *
   * @param worker who will run it; a worker's products share work space, since it runs one at a
   *     time
   */
  Product prepare(Tile tile, int worker);

  @Override
  void close();

  /** Bytes of native memory that prepared products hold. */
  long usedBytes();

  /** A prepared product. Offsets are in elements; operands must be large enough. */
  interface Product {
    void multiply(MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment c, long atC);
  }
}
