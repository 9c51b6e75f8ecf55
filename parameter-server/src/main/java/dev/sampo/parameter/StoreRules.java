package dev.sampo.parameter;

/**
 * How a node's store treats its disk.
 *
 * @param quotaBytes the most that the store's folder may hold; {@link #NO_QUOTA} for what the disk
 *     has
 * @param scrubBytesPerSecond how much of each shard is hashed again to find damage
 */
public record StoreRules(StoreSync sync, long quotaBytes, long scrubBytesPerSecond) {
  public static final long NO_QUOTA = Long.MAX_VALUE;
  private static final long SCRUB_BYTES_PER_SECOND = 64L << 20;

  /** No protection against power cuts, no quota. */
  public static StoreRules plain() {
    return new StoreRules(new StoreSync.None(), NO_QUOTA, SCRUB_BYTES_PER_SECOND);
  }
}
