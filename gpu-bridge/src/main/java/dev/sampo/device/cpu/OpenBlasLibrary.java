package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sampo.device.Operand;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * The one function of OpenBLAS that matrix products need, {@code cblas_sgemm}, on the thread that
 * calls.
 *
 * <p>Loaded once a process and never unloaded, as {@link DnnlLibrary}.
 */
final class OpenBlasLibrary {
  private static final int ROW_MAJOR = 101;
  private static final int NO_TRANSPOSE = 111;
  private static final int TRANSPOSE = 112;

  private final SymbolLookup symbols;
  private final MethodHandle sgemm;

  private OpenBlasLibrary(SymbolLookup symbols) {
    this.symbols = symbols;
    // Pointers are passed as numbers: a segment for each would be garbage for every tile.
    sgemm =
        bind(
            "cblas_sgemm",
            FunctionDescriptor.ofVoid(
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_INT,
                JAVA_FLOAT,
                JAVA_LONG,
                JAVA_INT,
                JAVA_LONG,
                JAVA_INT,
                JAVA_FLOAT,
                JAVA_LONG,
                JAVA_INT));
    useOneThread();
  }

  /** Filled by the first who asks. */
  private static final class OfThisProcess {
    static final Attempt<OpenBlasLibrary> ATTEMPT =
        Attempt.at(() -> new OpenBlasLibrary(NativeLibraries.loadOpenBlas(Arena.global())));
  }

  /**
   * The library of this process, loaded by the first call.
   *
   * @throws UnsatisfiedLinkError with the reason, if it cannot be loaded here
   */
  static OpenBlasLibrary load() {
    return OfThisProcess.ATTEMPT.get();
  }

  @SuppressWarnings("restricted") // calling native code is this class's purpose
  private MethodHandle bind(String name, FunctionDescriptor descriptor) {
    MemorySegment address =
        symbols
            .find(name)
            .orElseThrow(() -> new UnsatisfiedLinkError("OpenBLAS lacks a symbol: symbol=" + name));
    return Linker.nativeLinker().downcallHandle(address, descriptor);
  }

  /** For the whole process: the threads are ours, and so is the cut into tiles. */
  private void useOneThread() {
    MethodHandle set = bind("openblas_set_num_threads", FunctionDescriptor.ofVoid(JAVA_INT));
    try {
      set.invokeExact(1);
    } catch (Throwable e) {
      throw broken("openblas_set_num_threads", e);
    }
  }

  /** C = op(A) op(B), or C += op(A) op(B), of the tile's shape; a, b and c are addresses. */
  void multiply(Tile tile, long a, long b, long c) {
    try {
      sgemm.invokeExact(
          ROW_MAJOR,
          lie(tile.a()),
          lie(tile.b()),
          tile.m(),
          tile.n(),
          tile.k(),
          1f,
          a,
          tile.strideA(),
          b,
          tile.strideB(),
          tile.onto() == Tile.Onto.ADD ? 1f : 0f,
          c,
          tile.strideC());
    } catch (Throwable e) {
      throw broken("cblas_sgemm", e);
    }
  }

  private static int lie(Operand operand) {
    return operand == Operand.PLAIN ? NO_TRANSPOSE : TRANSPOSE;
  }

  private static RuntimeException broken(String call, Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return new IllegalStateException("OpenBLAS call failed: call=" + call, e);
  }
}
