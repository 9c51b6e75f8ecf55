package dev.sampo.model;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * First values of parameters by a counter-based generator: element i of a tensor is a pure function
 * of (seed, tensor name, i). So any part of the flat vector can be filled by anyone, in any order,
 * to the same bits.
 *
 * <p>Normal deviates by Box and Muller's cosine form from two 53-bit uniforms, with {@code
 * StrictMath}, whose bits do not depend on the machine. The counter is mixed by the finaliser of
 * SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
 */
public final class Initialiser {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;
  private static final double TWO_TO_MINUS_53 = 0x1.0p-53;

  private final ParameterLayout layout;
  private final double deviation;
  private final double residualDeviation;

  /**
   * @param layout the tensors to fill
   * @param deviation standard deviation of weights
   * @param residualDeviation standard deviation of weights that write to the residual stream
   */
  public Initialiser(ParameterLayout layout, double deviation, double residualDeviation) {
    this.layout = layout;
    this.deviation = deviation;
    this.residualDeviation = residualDeviation;
  }

  /**
   * Writes elements [from, to) of the flat vector to the start of {@code out}: weights normal,
   * gains one, biases zero.
   *
   * @throws IllegalArgumentException if the range is not in the layout or {@code out} is too small
   */
  public void fill(long seed, long from, long to, MemorySegment out) {
    layout.checkRange(from, to);
    if (out.byteSize() < (to - from) * Float.BYTES) {
      throw new IllegalArgumentException(
          "too little room for initial parameters: bytes=%d, wantedBytes=%d"
              .formatted(out.byteSize(), (to - from) * Float.BYTES));
    }
    for (ParameterTensor tensor : layout.tensors()) {
      long start = Math.max(from, tensor.offset());
      long end = Math.min(to, tensor.end());
      long key = key(seed, tensor.name());
      for (long i = start; i < end; i++) {
        out.setAtIndex(JAVA_FLOAT, i - from, value(tensor, key, i - tensor.offset()));
      }
    }
  }

  private float value(ParameterTensor tensor, long key, long index) {
    return switch (tensor.role()) {
      case TABLE, WEIGHT, JOINED_WEIGHT -> (float) (deviation * normal(key, index));
      case RESIDUAL_WEIGHT -> (float) (residualDeviation * normal(key, index));
      case GAIN -> 1f;
      case BIAS -> 0f;
    };
  }

  private static double normal(long key, long index) {
    // (0, 1] so that the logarithm is finite
    double first = ((mix(key + (2 * index + 1) * GOLDEN) >>> 11) + 1) * TWO_TO_MINUS_53;
    double second = (mix(key + (2 * index + 2) * GOLDEN) >>> 11) * TWO_TO_MINUS_53;
    return Math.sqrt(-2 * StrictMath.log(first)) * StrictMath.cos(2 * StrictMath.PI * second);
  }

  private static long key(long seed, String name) {
    long key = mix(seed + GOLDEN);
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      key = mix(key ^ b) + GOLDEN;
    }
    return mix(key);
  }

  private static long mix(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
