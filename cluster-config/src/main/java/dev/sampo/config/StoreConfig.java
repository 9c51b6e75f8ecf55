package dev.sampo.config;

import java.util.OptionalLong;

/**
 * How parameter shards lie on a node's disk.
 *
 * @param sync what a power cut may cost
 * @param syncEvery steps between two copies under {@link Sync#INTERVAL}: odd, the same on all nodes
 * @param quotaBytes the most that the store of one job may take; empty for all that is free
 * @param scrubBytesPerSecond how much is read again to find bytes that have changed
 */
public record StoreConfig(
    Sync sync, int syncEvery, OptionalLong quotaBytes, long scrubBytesPerSecond) {
  /** When versions go to the disk. */
  public enum Sync {
    /** Each version, before it counts. */
    STEP,
    /** A committed version now and then, in the background. */
    INTERVAL,
    /** When the operating system writes them. */
    NONE
  }
}
