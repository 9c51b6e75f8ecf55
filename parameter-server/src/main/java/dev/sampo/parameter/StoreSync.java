package dev.sampo.parameter;

/**
 * What a store does so that a machine that loses power keeps versions. The death of a process costs
 * nothing under any of them: the mapped files outlive it.
 */
public sealed interface StoreSync {
  /** Nothing: after a power cut there is what the operating system happened to write. */
  record None() implements StoreSync {}

  /** Every version is on the disk before it is reported. */
  record EveryVersion() implements StoreSync {}

  /**
   * Every so many versions a committed one is copied into a file of its own, in the background.
   * After a power cut the shard goes back to the last two that were copied.
   *
   * @param versions between two copies, equal on all nodes so that all shards have copies of the
   *     same versions. Odd, so that two copies in a row are of different parity and can both be
   *     loaded, one a side: one of them every shard has
   */
  record Interval(int versions) implements StoreSync {
    public Interval {
      if (versions < 1 || versions % 2 == 0) {
        throw new IllegalArgumentException(
            "versions are copied at an odd interval: versions=" + versions);
      }
    }

    boolean names(long version) {
      return version > 0 && version % versions == 0;
    }
  }
}
