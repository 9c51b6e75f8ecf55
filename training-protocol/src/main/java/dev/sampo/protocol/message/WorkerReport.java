package dev.sampo.protocol.message;

import dev.sampo.protocol.Digest;
import dev.sampo.protocol.tree.TreeNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a worker is at, told after every change of fence.
 *
 * @param step of its leases, -1 if it has none
 * @param baseHash from which it computes
 * @param leases the nodes it was granted, finished ones (which it still has) and others
 */
public record WorkerReport(
    int device, long step, @Nullable Digest baseHash, List<TreeNode> leases) {
  public WorkerReport {
    leases = List.copyOf(leases);
  }
}
