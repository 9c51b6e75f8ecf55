package dev.sampo.bench.compute;

import dev.sampo.bench.compute.Kernels.Kernel;
import dev.sampo.device.MatMul;
import dev.sampo.device.Precision;
import dev.sampo.device.cpu.CpuDevice;
import dev.sampo.model.gpt.GptShape;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One kernel under JMH, by its name: what {@link KernelsBench} runs. The kernels are those of
 * {@code sampo bench compute}, so that both tell of the same calls at the same shapes.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class KernelBenchmark {
  /** A large product whose operands stay in the caches: how fast the machine multiplies. */
  static final String PRODUCT_RATE = "machine: product";

  /** A sum of two vectors that no cache holds: how fast memory is read and written. */
  static final String MEMORY_RATE = "machine: memory";

  private static final int PRODUCT = 1_024;
  private static final long MEMORY_ELEMENTS = 16L << 20;

  /** Set by the command. */
  @Param(MEMORY_RATE)
  public String kernel = MEMORY_RATE;

  /** A {@link Precision}. */
  @Param("f32")
  public String precision = "f32";

  /** Of the device. */
  @Param("2")
  public int threads = 2;

  /** Which job's shapes: {@code reference} or {@code tiny}. */
  @Param("reference")
  public String job = "reference";

  private Runnable call = () -> {};
  private Runnable close = () -> {};

  /** Opens the device and fills its tensors. */
  @Setup
  public void open() {
    CpuDevice device =
        CpuDevice.open(threads, Precision.valueOf(precision.toUpperCase(Locale.ROOT)));
    close = device::close;
    call =
        kernels(size(job), device).stream()
            .filter(one -> one.name().equals(kernel))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no such kernel: kernel=" + kernel))
            .call();
  }

  /** Closes the device. */
  @TearDown
  public void close() {
    close.run();
  }

  /** What is measured. */
  @Benchmark
  public void call() {
    call.run();
  }

  static ReferenceJob.Size size(String job) {
    return switch (job) {
      case "reference" -> ReferenceJob.Size.REFERENCE;
      case "tiny" -> new ReferenceJob.Size(new GptShape(1, 2, 32, 16, 40), 2);
      default -> throw new IllegalArgumentException("jobs are reference, tiny: job=" + job);
    };
  }

  /** The job's kernels, behind the two that say what the machine can do. */
  static List<Kernel> kernels(ReferenceJob.Size size, CpuDevice device) {
    List<Kernel> kernels = new ArrayList<>();
    kernels.add(productRate(device));
    kernels.add(memoryRate(device));
    kernels.addAll(Kernels.of(size, device));
    return kernels;
  }

  private static Kernel productRate(CpuDevice device) {
    MatMul shape = MatMul.plain(PRODUCT, PRODUCT, PRODUCT);
    MemorySegment a = device.allocateActivations((long) PRODUCT * PRODUCT);
    MemorySegment b = device.allocateActivations((long) PRODUCT * PRODUCT);
    MemorySegment c = device.allocate((long) PRODUCT * PRODUCT);
    double flops = 2.0 * PRODUCT * PRODUCT * PRODUCT;
    double bytes = (double) a.byteSize() + b.byteSize() + c.byteSize();
    return new Kernel(PRODUCT_RATE, 1, flops, bytes, () -> device.matMul(shape, a, b, c));
  }

  private static Kernel memoryRate(CpuDevice device) {
    MemorySegment a = device.allocate(MEMORY_ELEMENTS);
    MemorySegment b = device.allocate(MEMORY_ELEMENTS);
    MemorySegment sum = device.allocate(MEMORY_ELEMENTS);
    double bytes = 3.0 * a.byteSize();
    return new Kernel(MEMORY_RATE, 1, 0, bytes, () -> device.add(MEMORY_ELEMENTS, a, b, sum));
  }
}
