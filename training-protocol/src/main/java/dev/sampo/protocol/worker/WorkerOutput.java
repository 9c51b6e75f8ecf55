package dev.sampo.protocol.worker;

import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.tree.TreeNode;

/** What a worker does to the world. Nothing here may block or fail. */
public interface WorkerOutput {
  void toCoordinator(Member coordinator, ToCoordinator message);

  /**
   * Computes the gradient of one tree node from version {@code step}, in slot order, folded on the
   * canonical tree; {@link WorkerLedger#onComputed} follows, and {@link WorkerLedger#onPart} may
   * come before it. One at a time.
   */
  void compute(long step, Digest baseHash, TreeNode node);

  /**
   * Finds the loss of version {@code step} on one slot of the held-out text; {@link
   * WorkerLedger#onEvaluated} follows. Never while a node is computed.
   */
  void evaluate(long step, Digest baseHash, int slot);

  /** Pushes one shard's part of a node, which is there, unless that is under way already. */
  void push(Member owner, int shard, long step, Digest baseHash, TreeNode node);

  /** The node's gradient is no longer needed. */
  void drop(long step, TreeNode node);
}
