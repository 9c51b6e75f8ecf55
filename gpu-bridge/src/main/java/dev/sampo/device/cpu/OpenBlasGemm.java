package dev.sampo.device.cpu;

import dev.sampo.device.Precision;
import java.lang.foreign.MemorySegment;

/**
 * The f32 product by OpenBLAS, one call a tile, each on the thread that asks. What a tile's bits
 * depend on is its shape and the processor: OpenBLAS packs its operands into memory of its own, so
 * where they lie does not matter, nor who multiplies beside it.
 */
final class OpenBlasGemm implements Gemm {
  private final OpenBlasLibrary library;

  private OpenBlasGemm(OpenBlasLibrary library) {
    this.library = library;
  }

  static OpenBlasGemm open(OpenBlasLibrary library) {
    return new OpenBlasGemm(library);
  }

  @Override
  public String name() {
    return "openblas";
  }

  @Override
  public Product prepare(Tile tile, int worker) {
    if (tile.operands() != Precision.F32 || tile.result() != Precision.F32) {
      throw new IllegalArgumentException("OpenBLAS multiplies f32: tile=" + tile);
    }
    return (a, atA, b, atB, c, atC) ->
        library.multiply(tile, address(a, atA), address(b, atB), address(c, atC));
  }

  private static long address(MemorySegment matrix, long at) {
    return matrix.address() + at * Float.BYTES;
  }

  /** Nothing: OpenBLAS packs into buffers of the process, which no device owns. */
  @Override
  public long usedBytes() {
    return 0;
  }

  @Override
  public void close() {}
}
