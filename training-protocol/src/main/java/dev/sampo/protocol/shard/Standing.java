package dev.sampo.protocol.shard;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Message.Fenced;
import dev.sampo.protocol.message.Message.Report;
import dev.sampo.protocol.message.Message.ToCoordinator;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where one life of a replica stands: the highest fence that has reported to it, what that fence's
 * configuration makes of it, and whom it answers.
 */
final class Standing {
  private final Member self;
  private final int shard;
  private final ReplicaOutput out;
  private @Nullable Fence fence;
  private @Nullable Configuration configuration;
  private @Nullable Member coordinator;
  private Role role = Role.NONE;

  Standing(Member self, int shard, ReplicaOutput out) {
    this.self = self;
    this.shard = shard;
    this.out = out;
  }

  /**
   * Whether a report is obeyed: one under a lower fence is answered, and has no effect.
   *
   * @param written under which fence the newest version here was written; null for none
   */
  boolean obeys(Member from, Report report, @Nullable Fence written) {
    if (isBelowKnown(report.fence())) {
      refuse(from, report.fence(), fence());
      return false;
    }
    if (written != null && isOfAnEarlierHistory(report, written)) {
      refuse(from, report.fence(), written);
      return false;
    }
    coordinator = from;
    return true;
  }

  /**
   * Where classes are mixed, what was written in a later generation is of another history than
   * those remember who were taken for lost (ADR 0015). A job that is only created begins anew.
   */
  private static boolean isOfAnEarlierHistory(Report report, Fence written) {
    Configuration named = report.configuration();
    return named.job().mixedClasses()
        && named.status() != JobStatus.CREATED
        && named.generation() < written.generation();
  }

  boolean isNew(Fence of) {
    return !of.equals(fence);
  }

  boolean isOfALaterGeneration(Fence of) {
    return fence != null && fence.generation() < of.generation();
  }

  /** Whether what was committed under that fence still is. */
  boolean isOfThisGeneration(Fence of) {
    return fence != null && fence.generation() == of.generation();
  }

  /** From now on it stands under this fence; says as what it stood before. */
  Role enter(Fence raised, Configuration named) {
    Role before = role;
    fence = raised;
    configuration = named;
    role = Role.of(self, named.shards().get(shard));
    return before;
  }

  Member self() {
    return self;
  }

  int shard() {
    return shard;
  }

  Role role() {
    return role;
  }

  boolean isOwner() {
    return role == Role.OWNER;
  }

  /** Whether a step is committed only when it has applied it. */
  boolean counts() {
    return role == Role.REPLICA || role == Role.OWNER;
  }

  /** Whether any fence is known. */
  boolean isKnown() {
    return fence != null;
  }

  Fence fence() {
    return Objects.requireNonNull(fence, "no fence is known yet");
  }

  ShardMembers members() {
    return configuration().shards().get(shard);
  }

  JobSpec job() {
    return configuration().job();
  }

  /** Whether what this worker pushes is worthless. */
  boolean isQuarantined(WorkerId worker) {
    return configuration().verdicts().isQuarantined(worker.deviceId());
  }

  private Configuration configuration() {
    return Objects.requireNonNull(configuration, "no configuration is known yet");
  }

  /** Tells whoever reported under the highest fence; nobody, before the first. */
  void answer(ToCoordinator message) {
    if (coordinator != null) {
      out.toCoordinator(coordinator, message);
    }
  }

  void ifCurrent(Member from, Fence of, Runnable action) {
    if (isBelowKnown(of)) {
      refuse(from, of, fence());
    } else {
      ifSameFence(of, action);
    }
  }

  /** A higher fence than the known one has not reported here yet: its sender will ask again. */
  void ifSameFence(Fence of, Runnable action) {
    if (of.equals(fence)) {
      action.run();
    }
  }

  private void refuse(Member from, Fence asked, Fence known) {
    out.toCoordinator(from, new Fenced(asked, known));
  }

  private boolean isBelowKnown(Fence of) {
    return fence != null && of.isBelow(fence);
  }
}
