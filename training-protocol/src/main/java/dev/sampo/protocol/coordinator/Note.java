package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.HeldOutLoss;
import dev.sampo.protocol.Term;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a coordinator tells of its doings. */
public sealed interface Note {
  /** A majority of voters promised this term to it. */
  record Elected(Term term) implements Note {}

  /** A configuration was accepted by a majority. */
  record Chosen(Fence fence, Configuration configuration, String why) implements Note {}

  /** What the replicas told after a change of fence, and what follows. */
  record Resumed(Fence fence, long version, String finding) implements Note {}

  /**
   * All replicas of all shards have this version with equal bits.
   *
   * @param decision of the step that led there; null for version 0
   */
  record VersionCommitted(
      Fence fence,
      long version,
      Digest baseHash,
      @Nullable Decision decision,
      List<CommitRecord> shards)
      implements Note {}

  /**
   * The register holds the loss of a version on the held-out text. A new coordinator says it of the
   * last one again.
   */
  record VersionEvaluated(Fence fence, HeldOutLoss loss) implements Note {}

  /**
   * The audits of a step are over, and nothing contradicts its gradient.
   *
   * @param slots how many were to be audited
   * @param dropped how many of them no second device of a class could compute
   */
  record Audited(Fence fence, long step, int slots, int dropped) implements Note {}

  /** A snapshot is whole, and visible. */
  record SnapshotTaken(Fence fence, long version, String told) implements Note {}

  /** A snapshot was begun, and there is none. */
  record SnapshotFailed(Fence fence, long version, String reason) implements Note {}

  /** Nothing can go on until something outside changes. */
  record Waiting(String reason) implements Note {}

  /** It stopped acting and will try again under a higher term. */
  record StoodDown(String reason) implements Note {}
}
