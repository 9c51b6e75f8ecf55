package dev.sampo.launcher.train;

import dev.sampo.config.DeviceConfig;
import dev.sampo.config.ModelConfig;
import dev.sampo.config.NodeConfig;
import dev.sampo.config.Recipe;
import dev.sampo.device.Device;
import dev.sampo.device.MatMul;
import dev.sampo.device.Precision;
import dev.sampo.device.cpu.CpuDevice;
import java.lang.foreign.MemorySegment;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;

/**
 * What a device reaches in matrix products alone: the widest product of the model, by the call that
 * its layers use, the best of some rounds.
 */
final class ProductProbe {
  private static final long LIMIT_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

  /** One product takes a few hundredths of a second where a machine does 100 GFLOP/s. */
  private static final double MOST_FLOPS = 4e9;

  private static final int MOST_ROUNDS = 30;
  private static final int WARM_UP = 2;
  private static final int LEAST_ROWS = 16;

  private ProductProbe() {}

  /** Measures the devices of a node that has nothing else to do, at the sizes of a job. */
  static OptionalDouble measure(NodeConfig node, Recipe recipe) {
    int threads = node.devices().stream().mapToInt(DeviceConfig::threads).sum();
    Precision precision =
        switch (recipe.model().precision()) {
          case F32 -> Precision.F32;
          case BF16 -> Precision.BF16;
        };
    try (CpuDevice device = CpuDevice.open(threads, precision)) {
      return measure(device, shapeOf(recipe.model(), recipe.batch().sequences()));
    }
  }

  /** The product: as many rows as a micro-batch has tokens, or fewer where that would take long. */
  static MatMul shapeOf(ModelConfig model, int sequences) {
    long tokens = (long) sequences * model.context();
    double flopsPerRow = 2.0 * model.width() * model.inner();
    long most = Math.max(LEAST_ROWS, (long) (MOST_FLOPS / flopsPerRow));
    return MatMul.plain((int) Math.min(tokens, most), model.inner(), model.width()).rounded();
  }

  /** FLOP/s; empty where the machine is too slow to tell within a quarter of a second. */
  static OptionalDouble measure(Device device, MatMul shape) {
    MemorySegment a = device.allocateActivations((long) shape.m() * shape.k());
    MemorySegment b = device.allocateActivations((long) shape.k() * shape.n());
    MemorySegment c = device.allocateActivations((long) shape.m() * shape.n());
    long start = System.nanoTime();
    long best = Long.MAX_VALUE;
    for (int round = 0; round < WARM_UP + MOST_ROUNDS; round++) {
      long before = System.nanoTime();
      device.matMul(shape, a, b, c);
      long after = System.nanoTime();
      if (round >= WARM_UP) {
        best = Math.min(best, after - before);
      }
      if (after - start > LIMIT_NANOS) {
        break;
      }
    }
    double flops = 2.0 * shape.m() * shape.n() * shape.k();
    return best == Long.MAX_VALUE ? OptionalDouble.empty() : OptionalDouble.of(flops / best * 1e9);
  }
}
