package dev.sampo.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sampo.device.Device;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/**
 * Small tensors for tests: made from a seed, copied to a device and back, compared, differentiated.
 */
final class Tensors {
  private Tensors() {}

  /** Normal values that are exact floats. */
  static double[] random(Random random, int elements) {
    return random.doubles(elements).map(u -> (float) (2 * u - 1)).toArray();
  }

  static int[] tokens(Random random, int elements, int vocabulary) {
    return random.ints(elements, 0, vocabulary).toArray();
  }

  static MemorySegment put(Device device, double[] values) {
    MemorySegment tensor = device.allocate(values.length);
    for (int i = 0; i < values.length; i++) {
      tensor.setAtIndex(JAVA_FLOAT, i, (float) values[i]);
    }
    return tensor;
  }

  static MemorySegment put(Device device, int[] values) {
    MemorySegment tensor = device.allocate(values.length);
    MemorySegment.copy(values, 0, tensor, JAVA_INT, 0, values.length);
    return tensor;
  }

  /**
   * Activations of those values. What the device's precision cannot hold is rounded in {@code
   * values} too, so that a reference starts from the same numbers.
   */
  static MemorySegment putRounded(Device device, double[] values) {
    MemorySegment tensor = device.allocateActivations(values.length);
    for (int i = 0; i < values.length; i++) {
      switch (device.precision()) {
        case F32 -> tensor.setAtIndex(JAVA_FLOAT, i, (float) values[i]);
        case BF16 -> {
          short half = Bfloat16.round((float) values[i]);
          tensor.setAtIndex(JAVA_SHORT, i, half);
          values[i] = Bfloat16.widen(half);
        }
      }
    }
    return tensor;
  }

  static void assertClose(String what, double[] expected, MemorySegment actual, double tolerance) {
    for (int i = 0; i < expected.length; i++) {
      double bound = tolerance * Math.max(1, Math.abs(expected[i]));
      assertEquals(expected[i], actual.getAtIndex(JAVA_FLOAT, i), bound, what + ", element " + i);
    }
  }

  /** As {@link #assertClose}, of activations: {@code tolerance} is added to that of rounding. */
  static void assertCloseRounded(
      Device device, String what, double[] expected, MemorySegment actual, double tolerance) {
    for (int i = 0; i < expected.length; i++) {
      double value =
          switch (device.precision()) {
            case F32 -> actual.getAtIndex(JAVA_FLOAT, i);
            case BF16 -> Bfloat16.widen(actual.getAtIndex(JAVA_SHORT, i));
          };
      double bound = (tolerance + rounding(device)) * Math.max(1, Math.abs(expected[i]));
      assertEquals(expected[i], value, bound, device.name() + " " + what + ", element " + i);
    }
  }

  /** The largest relative error of one rounding to the device's precision. */
  static double rounding(Device device) {
    return switch (device.precision()) {
      case F32 -> 0;
      case BF16 -> 0x1p-8;
    };
  }

  /** The gradient of a function of x by central differences. */
  static double[] differentiate(double[] x, ToDoubleFunction<double[]> function) {
    double step = 1e-5;
    double[] gradient = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      double kept = x[i];
      x[i] = kept + step;
      double above = function.applyAsDouble(x);
      x[i] = kept - step;
      double below = function.applyAsDouble(x);
      x[i] = kept;
      gradient[i] = (above - below) / (2 * step);
    }
    return gradient;
  }

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
