package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sampo.device.Precision;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * The part of oneDNN's C API (version 3, {@code oneapi/dnnl/dnnl.h}) that matrix products need.
 * Each call checks its status; a handle is an opaque pointer.
 *
 * <p>Loaded once a process and never unloaded: libgomp's threads would lose their code.
 */
final class DnnlLibrary {
  static final int ARG_SRC = 1;
  static final int ARG_DST = 17;
  static final int ARG_WEIGHTS = 33;
  static final int ARG_SCRATCHPAD = 80;
  private static final int CPU = 1;
  private static final int BF16 = 2;
  private static final int F32 = 3;
  private static final int UNDEFINED_TYPE = 0;
  private static final int IN_ORDER = 1;
  private static final int SCRATCHPAD_USER = 1;
  private static final int QUERY_SCRATCHPAD_MD = 136;

  private final SymbolLookup symbols;
  private final MethodHandle ompSetNumThreads;
  private final MethodHandle engineCreate;
  private final MethodHandle streamCreate;
  private final MethodHandle attrCreate;
  private final MethodHandle attrDestroy;
  private final MethodHandle attrSetScratchpadMode;
  private final MethodHandle attrSetPostOps;
  private final MethodHandle postOpsCreate;
  private final MethodHandle postOpsDestroy;
  private final MethodHandle postOpsAppendSum;
  private final MethodHandle descCreate;
  private final MethodHandle descDestroy;
  private final MethodHandle matmulCreate;
  private final MethodHandle queryDesc;
  private final MethodHandle descSize;
  private final MethodHandle primitiveDescDestroy;
  private final MethodHandle primitiveCreate;
  private final MethodHandle primitiveDestroy;
  private final MethodHandle memoryCreate;
  private final MethodHandle memoryDestroy;
  private final MethodHandle memorySetHandle;
  private final MethodHandle primitiveExecute;
  private final MethodHandle streamDestroy;
  private final MethodHandle engineDestroy;

  private DnnlLibrary(SymbolLookup symbols) {
    this.symbols = symbols;
    ompSetNumThreads = bind("omp_set_num_threads", FunctionDescriptor.ofVoid(JAVA_INT));
    engineCreate = status("dnnl_engine_create", ADDRESS, JAVA_INT, JAVA_LONG);
    engineDestroy = status("dnnl_engine_destroy", ADDRESS);
    streamCreate = status("dnnl_stream_create", ADDRESS, ADDRESS, JAVA_INT);
    streamDestroy = status("dnnl_stream_destroy", ADDRESS);
    attrCreate = status("dnnl_primitive_attr_create", ADDRESS);
    attrDestroy = status("dnnl_primitive_attr_destroy", ADDRESS);
    attrSetScratchpadMode = status("dnnl_primitive_attr_set_scratchpad_mode", ADDRESS, JAVA_INT);
    attrSetPostOps = status("dnnl_primitive_attr_set_post_ops", ADDRESS, ADDRESS);
    postOpsCreate = status("dnnl_post_ops_create", ADDRESS);
    postOpsDestroy = status("dnnl_post_ops_destroy", ADDRESS);
    postOpsAppendSum = status("dnnl_post_ops_append_sum", ADDRESS, JAVA_FLOAT, JAVA_INT, JAVA_INT);
    descCreate =
        status(
            "dnnl_memory_desc_create_with_strides", ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS);
    descDestroy = status("dnnl_memory_desc_destroy", ADDRESS);
    matmulCreate =
        status(
            "dnnl_matmul_primitive_desc_create",
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS,
            ADDRESS);
    queryDesc =
        bind(
            "dnnl_primitive_desc_query_md",
            FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT, JAVA_INT));
    descSize = bind("dnnl_memory_desc_get_size", FunctionDescriptor.of(JAVA_LONG, ADDRESS));
    primitiveDescDestroy = status("dnnl_primitive_desc_destroy", ADDRESS);
    primitiveCreate = status("dnnl_primitive_create", ADDRESS, ADDRESS);
    primitiveDestroy = status("dnnl_primitive_destroy", ADDRESS);
    memoryCreate = status("dnnl_memory_create", ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    memoryDestroy = status("dnnl_memory_destroy", ADDRESS);
    memorySetHandle =
        bind("dnnl_memory_set_data_handle", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
    primitiveExecute = status("dnnl_primitive_execute", ADDRESS, ADDRESS, JAVA_INT, ADDRESS);
  }

  /** Filled by the first who asks. */
  private static final class OfThisProcess {
    static final Attempt<DnnlLibrary> ATTEMPT =
        Attempt.at(() -> new DnnlLibrary(NativeLibraries.loadDnnl(Arena.global())));
  }

  /**
   * The library of this process, loaded by the first call.
   *
   * @throws UnsatisfiedLinkError with the reason, if it cannot be loaded here
   */
  static DnnlLibrary load() {
    return OfThisProcess.ATTEMPT.get();
  }

  private MethodHandle status(String name, MemoryLayout... parameters) {
    return bind(name, FunctionDescriptor.of(JAVA_INT, parameters));
  }

  @SuppressWarnings("restricted") // calling native code is this class's purpose
  private MethodHandle bind(String name, FunctionDescriptor descriptor) {
    MemorySegment address =
        symbols
            .find(name)
            .orElseThrow(() -> new UnsatisfiedLinkError("oneDNN lacks a symbol: symbol=" + name));
    return Linker.nativeLinker().downcallHandle(address, descriptor);
  }

  /** Makes every parallel region that the calling thread opens run on that thread alone. */
  void useOneThread() {
    try {
      ompSetNumThreads.invokeExact(1);
    } catch (Throwable e) {
      throw broken("omp_set_num_threads", e);
    }
  }

  MemorySegment createEngine(Arena scratch) {
    MemorySegment out = scratch.allocate(ADDRESS);
    try {
      check("engine_create", (int) engineCreate.invokeExact(out, CPU, 0L));
    } catch (Throwable e) {
      throw broken("engine_create", e);
    }
    return out.get(ADDRESS, 0);
  }

  MemorySegment createStream(MemorySegment engine, Arena scratch) {
    MemorySegment out = scratch.allocate(ADDRESS);
    try {
      check("stream_create", (int) streamCreate.invokeExact(out, engine, IN_ORDER));
    } catch (Throwable e) {
      throw broken("stream_create", e);
    }
    return out.get(ADDRESS, 0);
  }

  /** Attributes that let the caller own the scratchpad, so a primitive is bound to no thread. */
  MemorySegment createAttributes(Arena scratch) {
    MemorySegment out = scratch.allocate(ADDRESS);
    try {
      check("attr_create", (int) attrCreate.invokeExact(out));
      MemorySegment attributes = out.get(ADDRESS, 0);
      check("scratchpad", (int) attrSetScratchpadMode.invokeExact(attributes, SCRATCHPAD_USER));
      return attributes;
    } catch (Throwable e) {
      throw broken("primitive_attr", e);
    }
  }

  /** Makes products with these attributes add to what their destination holds. */
  void addToDestination(MemorySegment attributes, Arena scratch) {
    MemorySegment out = scratch.allocate(ADDRESS);
    try {
      check("post_ops_create", (int) postOpsCreate.invokeExact(out));
      MemorySegment chain = out.get(ADDRESS, 0);
      check("append_sum", (int) postOpsAppendSum.invokeExact(chain, 1f, 0, UNDEFINED_TYPE));
      check("set_post_ops", (int) attrSetPostOps.invokeExact(attributes, chain));
      check("post_ops_destroy", (int) postOpsDestroy.invokeExact(chain));
    } catch (Throwable e) {
      throw broken("post_ops", e);
    }
  }

  /** A matrix of {@code rows} by {@code columns} with the given strides in elements. */
  MemorySegment createMatrix(
      Precision precision, long rows, long columns, long[] strides, Arena scratch) {
    MemorySegment out = scratch.allocate(ADDRESS);
    MemorySegment sizes = scratch.allocateFrom(JAVA_LONG, rows, columns);
    MemorySegment steps = scratch.allocateFrom(JAVA_LONG, strides);
    int type =
        switch (precision) {
          case F32 -> F32;
          case BF16 -> BF16;
        };
    try {
      check("memory_desc", (int) descCreate.invokeExact(out, 2, sizes, type, steps));
    } catch (Throwable e) {
      throw broken("memory_desc", e);
    }
    return out.get(ADDRESS, 0);
  }

  /** The description of a product of matrices so described. */
  MemorySegment createMatmul(
      MemorySegment engine, MemorySegment[] matrices, MemorySegment attributes, Arena scratch) {
    MemorySegment out = scratch.allocate(ADDRESS);
    try {
      check(
          "matmul",
          (int)
              matmulCreate.invokeExact(
                  out,
                  engine,
                  matrices[0],
                  matrices[1],
                  MemorySegment.NULL,
                  matrices[2],
                  attributes));
    } catch (Throwable e) {
      throw broken("matmul", e);
    }
    return out.get(ADDRESS, 0);
  }

  /** The description, owned by the library, of the scratchpad a product needs. */
  MemorySegment scratchpadOf(MemorySegment matmul) {
    try {
      return (MemorySegment) queryDesc.invokeExact(matmul, QUERY_SCRATCHPAD_MD, 0);
    } catch (Throwable e) {
      throw broken("query", e);
    }
  }

  long sizeBytes(MemorySegment description) {
    try {
      return (long) descSize.invokeExact(description);
    } catch (Throwable e) {
      throw broken("size", e);
    }
  }

  MemorySegment createPrimitive(MemorySegment matmul, Arena scratch) {
    MemorySegment out = scratch.allocate(ADDRESS);
    try {
      check("primitive_create", (int) primitiveCreate.invokeExact(out, matmul));
    } catch (Throwable e) {
      throw broken("primitive_create", e);
    }
    return out.get(ADDRESS, 0);
  }

  /** A memory object over {@code address}, which may be set later. */
  MemorySegment createMemory(
      MemorySegment description, MemorySegment engine, MemorySegment address, Arena scratch) {
    MemorySegment out = scratch.allocate(ADDRESS);
    try {
      check("memory_create", (int) memoryCreate.invokeExact(out, description, engine, address));
    } catch (Throwable e) {
      throw broken("memory_create", e);
    }
    return out.get(ADDRESS, 0);
  }

  void pointAt(MemorySegment memory, long address) {
    try {
      check("set_data_handle", (int) memorySetHandle.invokeExact(memory, address));
    } catch (Throwable e) {
      throw broken("set_data_handle", e);
    }
  }

  void execute(
      MemorySegment primitive, MemorySegment stream, int arguments, MemorySegment argumentList) {
    try {
      check(
          "execute",
          (int) primitiveExecute.invokeExact(primitive, stream, arguments, argumentList));
    } catch (Throwable e) {
      throw broken("execute", e);
    }
  }

  /** Kinds of handles that can be given back. */
  enum Handle {
    ENGINE,
    STREAM,
    ATTRIBUTES,
    MATRIX,
    MATMUL,
    PRIMITIVE,
    MEMORY
  }

  void destroy(Handle kind, MemorySegment handle) {
    MethodHandle destructor =
        switch (kind) {
          case ENGINE -> engineDestroy;
          case STREAM -> streamDestroy;
          case ATTRIBUTES -> attrDestroy;
          case MATRIX -> descDestroy;
          case MATMUL -> primitiveDescDestroy;
          case PRIMITIVE -> primitiveDestroy;
          case MEMORY -> memoryDestroy;
        };
    try {
      check("destroy", (int) destructor.invokeExact(handle));
    } catch (Throwable e) {
      throw broken("destroy", e);
    }
  }

  static long argumentListBytes(int arguments) {
    return arguments * 16L;
  }

  /** Writes argument {@code index} of a list: {@code struct { int arg; dnnl_memory_t memory; }}. */
  static void setArgument(MemorySegment list, int index, int argument, MemorySegment memory) {
    list.set(JAVA_INT, index * 16L, argument);
    list.set(ADDRESS, index * 16L + 8, memory);
  }

  private static void check(String call, int status) {
    if (status != 0) {
      throw new IllegalStateException("oneDNN refused a call: call=" + call + ", status=" + status);
    }
  }

  private static RuntimeException broken(String call, Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException known
        ? known
        : new IllegalStateException("oneDNN call failed: call=" + call, e);
  }
}
