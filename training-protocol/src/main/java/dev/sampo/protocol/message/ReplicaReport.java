package dev.sampo.protocol.message;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.tree.TreeNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a replica holds, told after every change of fence.
 *
 * @param records of the valid sides, the newest first; empty if it has none
 * @param gradientStep the step of the whole gradient that it holds, -1 for none
 * @param gradient that gradient's hash
 * @param damaged the newest version that it had and lost by damage, -1 for none: what is left may
 *     be older than what is committed
 * @param coverage the tree nodes that it holds of the step from its newest version
 * @param failure why it has no version and cannot get one by itself; empty if it is not so
 */
public record ReplicaReport(
    List<CommitRecord> records,
    long gradientStep,
    @Nullable Digest gradient,
    long damaged,
    List<TreeNode> coverage,
    String failure) {
  public ReplicaReport {
    records = List.copyOf(records);
    coverage = List.copyOf(coverage);
  }

  /**
   * Of a shard that is not there: there is no room for it, or what it begins with was not found.
   */
  public static ReplicaReport none(String why) {
    return new ReplicaReport(List.of(), -1, null, -1, List.of(), why);
  }

  /** The newest version it holds, -1 for none. */
  public long newest() {
    return records.isEmpty() ? -1 : records.getFirst().version();
  }

  /** Whether it once had a newer version than it has. */
  public boolean hasLostNewer() {
    return damaged > newest();
  }

  /** The record of {@code version}, or null if it does not hold that. */
  public @Nullable CommitRecord of(long version) {
    for (CommitRecord record : records) {
      if (record.version() == version) {
        return record;
      }
    }
    return null;
  }

  public boolean holdsGradientOf(long step) {
    return gradientStep == step;
  }
}
