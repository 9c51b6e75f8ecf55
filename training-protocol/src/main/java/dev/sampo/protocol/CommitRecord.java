package dev.sampo.protocol;

import org.jspecify.annotations.Nullable;

/**
 * What makes one side of a shard a version: written last, after the side's bytes.
 *
 * @param version the version whose bytes the side holds
 * @param fence under which it was written; null for version 0
 * @param decision the decision of step {@code version - 1}; null for version 0
 * @param parameters the digest of the parameters of this shard at this version, as workers are
 *     given them
 * @param state the digest of all else that the side holds: the optimizer's state, and the
 *     parameters themselves where workers are given rounded ones
 */
public record CommitRecord(
    long version,
    @Nullable Fence fence,
    @Nullable Decision decision,
    Digest parameters,
    Digest state) {
  public CommitRecord {
    if ((version == 0) != (decision == null)) {
      throw new IllegalArgumentException(
          "every version but 0 has a decision: version=" + version + ", decision=" + decision);
    }
  }

  /** The scalars of the step that led here. */
  public Decision decisionOrThrow() {
    if (decision == null) {
      throw new IllegalStateException("version 0 was not decided by a step");
    }
    return decision;
  }

  /** Whether both hold the same bits, whoever wrote them and under whichever fence. */
  public boolean sameBits(CommitRecord other) {
    return version == other.version
        && parameters.equals(other.parameters)
        && state.equals(other.state);
  }
}
