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
 * <p>Every prepared product owns its primitive and argument list; a worker's products share a
 * scratchpad. Preparing is not thread-safe ({@link CpuDevice} does it on the calling thread);
 * running different products at once is.
 */
final class DnnlGemm implements Gemm {
  private record Owned(Handle kind, MemorySegment handle) {}

  private final DnnlLibrary library;
  private final Arena arena = Arena.ofShared();
  private final Deque<Owned> owned = new ArrayDeque<>();
  private final MemorySegment engine;
  private final VectorGemm narrow = new VectorGemm();
  private final Pads pads = new Pads();

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
  public Product prepare(Tile tile, int worker) {
    if (tile.n() == 1 || tile.k() == 1) {
      // oneDNN 3.8 takes a strided matrix of one column for a dense one, and computes nonsense.
      return narrow.prepare(tile, worker);
    }
    library.useOneThread();
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment[] matrices = {
        library.createMatrix(
            tile.operands(), tile.m(), tile.k(), strides(tile.strideA(), tile.a()), scratch),
        library.createMatrix(
            tile.operands(), tile.k(), tile.n(), strides(tile.strideB(), tile.b()), scratch),
        library.createMatrix(
            tile.result(), tile.m(), tile.n(), strides(tile.strideC(), Operand.PLAIN), scratch)
      };
      MemorySegment attributes = library.createAttributes(scratch);
      if (tile.onto() == Tile.Onto.ADD) {
        library.addToDestination(attributes, scratch);
      }
      MemorySegment matmul = library.createMatmul(engine, matrices, attributes, scratch);
      Primitive product = new Primitive(tile, pads.of(worker), matmul, matrices, scratch);
      library.destroy(Handle.MATMUL, matmul);
      library.destroy(Handle.ATTRIBUTES, attributes);
      for (MemorySegment matrix : matrices) {
        library.destroy(Handle.MATRIX, matrix);
      }
      return product;
    }
  }

  private static long[] strides(int stride, Operand lie) {
    return lie == Operand.PLAIN ? new long[] {stride, 1} : new long[] {1, stride};
  }

  private MemorySegment own(Handle kind, MemorySegment handle) {
    owned.push(new Owned(kind, handle));
    return handle;
  }

  @Override
  public long usedBytes() {
    return narrow.usedBytes() + pads.usedBytes();
  }

  /** Gives back all primitives, the engine last. */
  @Override
  public void close() {
    while (!owned.isEmpty()) {
      Owned last = owned.pop();
      library.destroy(last.kind(), last.handle());
    }
    arena.close();
    pads.close();
    narrow.close();
  }

  private final class Primitive implements Product {
    private static final int ARGUMENTS = 4;

    private final MemorySegment primitive;
    private final MemorySegment stream;
    private final MemorySegment source;
    private final MemorySegment weights;
    private final MemorySegment destination;
    private final MemorySegment scratchpad;
    private final MemorySegment arguments;
    private final Pads.Pad pad;

    private final int operandBytes;
    private final int resultBytes;

    Primitive(
        Tile tile, Pads.Pad pad, MemorySegment matmul, MemorySegment[] matrices, Arena scratch) {
      operandBytes = tile.operands().bytes();
      resultBytes = tile.result().bytes();
      stream = own(Handle.STREAM, library.createStream(engine, scratch));
      primitive = own(Handle.PRIMITIVE, library.createPrimitive(matmul, scratch));
      source = memory(matrices[0], MemorySegment.NULL, scratch);
      weights = memory(matrices[1], MemorySegment.NULL, scratch);
      destination = memory(matrices[2], MemorySegment.NULL, scratch);
      MemorySegment wanted = library.scratchpadOf(matmul);
      pad.grow(library.sizeBytes(wanted));
      this.pad = pad;
      scratchpad = memory(wanted, MemorySegment.NULL, scratch);
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
      library.pointAt(source, a.address() + atA * operandBytes);
      library.pointAt(weights, b.address() + atB * operandBytes);
      library.pointAt(destination, c.address() + atC * resultBytes);
      library.pointAt(scratchpad, pad.segment().address());
      library.execute(primitive, stream, ARGUMENTS, arguments);
    }
  }
}
