package dev.sampo.model;

import dev.sampo.device.Dropout;

/**
 * The keys of one micro-batch's dropouts: a pure function of its number in the job, so that whoever
 * computes it drops the same elements.
 *
 * @param microBatch anything that no other micro-batch of the job has, mixed with the job's seed
 * @param rate of all of them; 0 drops nothing
 */
public record Noise(long microBatch, float rate) {
  /** Drops nothing. */
  public static final Noise NONE = new Noise(0, 0f);

  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  /** Where in a model something is dropped. */
  public enum Site {
    EMBEDDING(0),
    ATTENTION_WEIGHTS(1),
    ATTENDED(2),
    FED_FORWARD(3);

    private static final int COUNT = 4;

    private final int number;

    Site(int number) {
      this.number = number;
    }
  }

  /** The dropout of one place. */
  public Dropout at(int layer, Site site) {
    if (rate == 0) {
      return Dropout.NONE;
    }
    // The finaliser of SplitMix64.
    long z = microBatch * GOLDEN + layer * (long) Site.COUNT + site.number + GOLDEN;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return new Dropout((int) ((z ^ (z >>> 31)) >>> 32), rate);
  }
}
