package dev.sampo.protocol;

/**
 * When a job leaves snapshots by itself.
 *
 * @param every after so many steps, 0 for never
 * @param keep how many of the newest are kept, at least 1
 */
public record SnapshotRule(long every, int keep) {
  public static final SnapshotRule NONE = new SnapshotRule(0, 1);

  public SnapshotRule {
    if (every < 0 || keep < 1) {
      throw new IllegalArgumentException(
          "snapshots are taken every 0 (never) or more steps, and at least one is kept: every="
              + every
              + ", keep="
              + keep);
    }
  }

  /** Whether {@code version} is one of which there is to be a snapshot. */
  public boolean isDue(long version) {
    return every > 0 && version > 0 && version % every == 0;
  }
}
