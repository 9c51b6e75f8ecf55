package dev.sampo.protocol.sample;

/**
 * Which sample comes at which place: for every epoch a permutation of {@code 0..samples-1}, keyed
 * by the job's seed, computed place by place.
 *
 * <p>A balanced Feistel network over the smallest even number of bits that holds all samples,
 * walked until it lands inside (cycle walking), is a permutation whatever its round function.
 */
public final class SampleOrder {
  private static final int ROUNDS = 6;

  private final long seed;
  private final long samples;
  private final int halfBits;

  /**
   * @param seed the job's seed
   * @param samples how many samples an epoch has, at least 1
   */
  public SampleOrder(long seed, long samples) {
    if (samples < 1) {
      throw new IllegalArgumentException("an epoch needs samples: samples=" + samples);
    }
    this.seed = seed;
    this.samples = samples;
    int bits = Math.max(2, 64 - Long.numberOfLeadingZeros(samples - 1));
    this.halfBits = (bits + 1) / 2;
  }

  /** The sample at {@code place}, counted over the whole job from 0. */
  public long sampleAt(long place) {
    long key = mix(seed ^ mix(place / samples));
    long value = place % samples;
    do {
      value = permute(value, key);
    } while (value >= samples);
    return value;
  }

  /** The pass over the data in which {@code place} lies. */
  public long epochOf(long place) {
    return place / samples;
  }

  private long permute(long value, long key) {
    long mask = (1L << halfBits) - 1;
    long left = value >>> halfBits;
    long right = value & mask;
    for (int round = 0; round < ROUNDS; round++) {
      long next = left ^ (mix(right + key + round * 0x9E3779B97F4A7C15L) & mask);
      left = right;
      right = next;
    }
    return left << halfBits | right;
  }

  /** The finaliser of SplitMix64 (Steele, Lea, Flood 2014). */
  public static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
