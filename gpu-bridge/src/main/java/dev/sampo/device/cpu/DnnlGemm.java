package dev.sampo.device.cpu;

import dev.sampo.device.Operand;
import dev.sampo.device.cpu.DnnlLibrary.Handle;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The product by oneDNN's {@code matmul} primitive, one call a tile, each on the thread that asks.
 *
 * <p>Every prepared product owns its primitive, argument list and scratchpad. Preparing is not
 * thread-safe ({@link CpuDevice} does it on the calling thread); running different products at once
 * is.
 */
final class DnnlGemm implements Gemm {
  private record Owned(Handle kind, MemorySegment handle) {}

  private final DnnlLibrary library;
  private final Arena arena = Arena.ofShared();
  private final Deque<Owned> owned = new ArrayDeque<>();
  private final MemorySegment engine;

  private DnnlGemm(DnnlLibrary library) {
    this.library = library;
    library.useOneThread();
    try (Arena scratch = Arena.ofConfined()) {
      engine = own(Handle.ENGINE, library.createEngine(scratch));
    }
  }

  static DnnlGemm open(DnnlLibrary library) {
    return new DnnlGemm(library);
  }

  @Override
  public String name() {
    return "onednn";
  }

  @Override
  public Product prepare(Tile tile) {
    library.useOneThread();
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment[] matrices = {
        matrix(tile.m(), tile.k(), tile.strideA(), tile.a(), scratch),
        matrix(tile.k(), tile.n(), tile.strideB(), tile.b(), scratch),
        matrix(tile.m(), tile.n(), tile.strideC(), Operand.PLAIN, scratch)
      };
      MemorySegment attributes = library.createAttributes(scratch);
      MemorySegment matmul = library.createMatmul(engine, matrices, attributes, scratch);
      Primitive product = new Primitive(matmul, matrices, scratch);
      library.destroy(Handle.MATMUL, matmul);
      library.destroy(Handle.ATTRIBUTES, attributes);
      for (MemorySegment matrix : matrices) {
        library.destroy(Handle.MATRIX, matrix);
      }
      return product;
    }
  }

  private MemorySegment matrix(int rows, int columns, int stride, Operand lie, Arena scratch) {
    long[] strides = lie == Operand.PLAIN ? new long[] {stride, 1} : new long[] {1, stride};
    return library.createMatrix(rows, columns, strides, scratch);
  }

  private MemorySegment own(Handle kind, MemorySegment handle) {
    owned.push(new Owned(kind, handle));
    return handle;
  }

  /** Gives back all primitives, the engine last. */
  @Override
  public void close() {
    while (!owned.isEmpty()) {
      Owned last = owned.pop();
      library.destroy(last.kind(), last.handle());
    }
    arena.close();
  }

  private final class Primitive implements Product {
    private static final int ARGUMENTS = 4;

    private final MemorySegment primitive;
    private final MemorySegment stream;
    private final MemorySegment source;
    private final MemorySegment weights;
    private final MemorySegment destination;
    private final MemorySegment arguments;

    Primitive(MemorySegment matmul, MemorySegment[] matrices, Arena scratch) {
      stream = own(Handle.STREAM, library.createStream(engine, scratch));
      primitive = own(Handle.PRIMITIVE, library.createPrimitive(matmul, scratch));
      source = memory(matrices[0], MemorySegment.NULL, scratch);
      weights = memory(matrices[1], MemorySegment.NULL, scratch);
      destination = memory(matrices[2], MemorySegment.NULL, scratch);
      MemorySegment pad = library.scratchpadOf(matmul);
      long padBytes = Math.max(64, library.sizeBytes(pad));
      MemorySegment scratchpad = memory(pad, arena.allocate(padBytes, 64), scratch);
      arguments = arena.allocate(DnnlLibrary.argumentListBytes(ARGUMENTS), 8);
      DnnlLibrary.setArgument(arguments, 0, DnnlLibrary.ARG_SRC, source);
      DnnlLibrary.setArgument(arguments, 1, DnnlLibrary.ARG_WEIGHTS, weights);
      DnnlLibrary.setArgument(arguments, 2, DnnlLibrary.ARG_DST, destination);
      DnnlLibrary.setArgument(arguments, 3, DnnlLibrary.ARG_SCRATCHPAD, scratchpad);
    }

    private MemorySegment memory(MemorySegment matrix, MemorySegment address, Arena scratch) {
      return own(Handle.MEMORY, library.createMemory(matrix, engine, address, scratch));
    }

    @Override
    public void multiply(
        MemorySegment a, long atA, MemorySegment b, long atB, MemorySegment c, long atC) {
      library.useOneThread();
      library.pointAt(source, a.address() + atA * Float.BYTES);
      library.pointAt(weights, b.address() + atB * Float.BYTES);
      library.pointAt(destination, c.address() + atC * Float.BYTES);
      library.execute(primitive, stream, ARGUMENTS, arguments);
    }
  }
}
