package dev.sampo.simulation;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.Origin;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.SnapshotOrder;
import dev.sampo.protocol.coordinator.Note;
import dev.sampo.protocol.message.Message.Configured;
import dev.sampo.protocol.message.Message.Grant;
import dev.sampo.protocol.message.Message.Keep;
import dev.sampo.protocol.message.Message.Publish;
import dev.sampo.protocol.message.Message.Reduced;
import dev.sampo.protocol.message.WrittenPart;
import dev.sampo.protocol.register.VoterState;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Section 5 of the protocol, checked while a history runs. */
final class Laws {
  private final World world;
  private final History history;
  private final RegisterLaws register = new RegisterLaws();
  private final ReductionLaws reductions;
  private final Set<JobId> finished = new HashSet<>();
  private final Set<JobId> stopped = new HashSet<>();
  private final OrderLaws orders = new OrderLaws();
  private final EvaluationLaws evaluations = new EvaluationLaws();
  private final RestoreLaws restores = new RestoreLaws();
  private final AuditLaws audits;
  private final LossLaws losses = new LossLaws();
  private final VersionLaws versions;
  private boolean changed;

  Laws(World world) {
    this.world = world;
    this.history = world.history;
    this.reductions = new ReductionLaws(world, register);
    this.audits = new AuditLaws(world);
    this.versions = new VersionLaws(world, register, audits, losses);
  }

  AuditLaws audits() {
    return audits;
  }

  boolean isFinished(JobId job) {
    return finished.contains(job);
  }

  /** Finished, or cancelled and not to begin anew. */
  boolean isOver(JobId job) {
    boolean endedForGood = !history.beginsAnew() || evaluations.hasEnded(job);
    return isFinished(job) || (stopped.contains(job) && endedForGood);
  }

  long committedVersion(JobId job) {
    return versions.committed(job).size() - 1L;
  }

  long safeVersion(JobId job) {
    return versions.safe(job);
  }

  /** Whether it acts under a fence of a run that the job does not go on from. */
  boolean isGivenUp(JobSpec job, Fence fence) {
    return versions.isGivenUp(job.id(), fence);
  }

  /** Whether the job waits for good: a loss was accepted, and all that is left is a snapshot. */
  boolean waitsForWhatIsLost() {
    Configuration now = newest();
    return now != null && losses.leftNothingOf(now);
  }

  @Nullable Configuration newest() {
    return register.newest();
  }

  /** Something in a store is not what it was. */
  void onStored() {
    changed = true;
  }

  /** A side is about to become a version. */
  void onRecord(JobSpec job, int shard, CommitRecord record, ToyModel.Side bytes) {
    check(bytes.isFinite(), "a version is not finite: shard=" + shard + ", " + record);
    if (versions.isAFunctionOfTheJob(job.id())) {
      PlainRun.Version expected = versions.plainRun(job.id()).version(record.version());
      boolean equal =
          record.parameters().equals(expected.parameters().get(shard))
              && record.state().equals(expected.states().get(shard));
      check(equal, "a version has other bits than the plain run: shard=" + shard + ", " + record);
    }
  }

  /** Version step-1 is about to be overwritten, by whoever has not heard of a later generation. */
  void onApply(JobSpec job, Fence fence, long step) {
    if (isGivenUp(job, fence)) {
      return;
    }
    check(
        step <= committedVersion(job.id()),
        "a side was overwritten that somebody may need: applying step="
            + step
            + ", committed="
            + committedVersion(job.id()));
  }

  /** A whole gradient is about to be applied. */
  void onGradient(JobSpec job, Fence fence, long step, ToyShardMemory.Handle gradient) {
    float weight = gradient.values[ToyModel.WEIGHT];
    check(weight == job.slots(), "weight of a gradient: " + weight + ", slots=" + job.slots());
    if (isGivenUp(job, fence)) {
      return;
    }
    audits.onGradient(job, step, gradient);
    Digest base = versions.committed(job.id()).get((int) step).base();
    check(
        base.equals(gradient.base),
        "a gradient was computed from other bytes than the committed ones: step=" + step);
  }

  void onReduced(Reduced reduced) {
    reductions.onReduced(reduced);
  }

  void onVoterWrite(NodeId voter, VoterState before, VoterState after) {
    register.onVoterWrite(voter, before, after);
  }

  /** Trace 24: only what is committed is asked for. */
  void onKeep(Keep keep) {
    long committed = committedVersion(configurationOf(keep.fence()).job().id());
    if (!register.isNewest(keep.fence())) {
      return; // replicas refuse it, or have not heard yet that another leads
    }
    check(keep.record().version() <= committed, "a copy of what is not committed: " + keep);
  }

  /** A snapshot is visible: it is of a committed version, with these bits. */
  void onPublished(JobSpec job, Publish publish, String manifest) {
    if (isGivenUp(job, publish.fence())) {
      return;
    }
    List<WrittenPart> parts = publish.parts();
    long version = parts.getFirst().record().version();
    List<Committed> known = versions.committed(job.id());
    check(version < known.size(), "a snapshot of what is not committed: version=" + version);
    for (WrittenPart part : parts) {
      Committed.Bits bits = known.get((int) version).shards().get(part.shard());
      check(
          bits.equals(Committed.Bits.of(part.record())),
          "a snapshot has other bits than were committed: version=" + version);
    }
    List<Committed> upToIt = List.copyOf(known.subList(0, (int) version + 1));
    restores.onPublished(new RestoreLaws.Restorable(job, manifest, upToIt));
  }

  List<RestoreLaws.Restorable> restorable() {
    return restores.restorable();
  }

  /** Somebody hears that a restore was taken. */
  void onTaken(Origin origin) {
    if (nothingIsLost()) {
      RestoreLaws.onTaken(origin, newest());
    }
  }

  /** Somebody accepts a loss, and says so with this number. */
  void onLossAccepted(long number) {
    losses.onSaid(number);
  }

  private boolean nothingIsLost() {
    Configuration now = newest();
    return now == null || !losses.isAfterOne(now);
  }

  void onGrant(Grant grant) {
    EvaluationLaws.onGrant(grant, configurationOf(grant.fence()));
  }

  void onApplySent(Fence fence, long step) {
    orders.onApplySent(configurationOf(fence), step);
  }

  /** An issuer hears that its order was taken. */
  void onTaken(Order order) {
    if (nothingIsLost()) {
      OrderLaws.onTaken(order, newest());
    }
  }

  /** A node has heard that it may leave, and goes with all that it has. */
  void onDrained(Member member, Configured told) {
    if (isGivenUp(told.configuration().job(), told.fence())) {
      return; // those who were taken for lost need it no more, and the others cannot tell it
    }
    Configuration now = Objects.requireNonNull(newest());
    check(now.mayLeave(member), "a node left that is still needed: " + member + ", " + now);
    JobId job = now.job().id();
    if (now.status() == JobStatus.CREATED) {
      return; // version 0 is a function of the job
    }
    long needed = versions.generation(job) < now.generation() ? 0 : committedVersion(job);
    for (ShardMembers shard : now.shards()) {
      boolean isKept =
          shard.replicas().stream()
              .map(world::diskOf)
              .anyMatch(disk -> disk != null && disk.store(job, shard.shard()).newest() >= needed);
      boolean isTaken =
          world.machine(member.node()).disk.store(job, shard.shard()).newest() >= needed;
      check(isKept || !isTaken, "a node left with the last copy: " + member + ", " + shard);
    }
    world.taken.count(Way.DRAINED);
  }

  void onNote(Note note) {
    switch (note) {
      case Note.Chosen n -> {
        Way way = Way.of(n.why());
        world.taken.count(way);
        if (way == Way.LOSS_ACCEPTED) {
          losses.onAccepted(n.configuration());
        }
        onChosen(n.fence(), n.configuration());
      }
      case Note.VersionCommitted n -> {
        changed = true;
        versions.onCommitted(
            configurationOf(n.fence()), n.fence(), n.version(), n.decision(), n.shards());
      }
      case Note.Resumed n -> {
        losses.onWaiting("");
        world.taken.count(Way.of(n.finding()));
        changed = true;
        versions.onResumed(configurationOf(n.fence()), n);
      }
      case Note.VersionEvaluated n -> {}
      case Note.Audited n -> audits.onAudited(configurationOf(n.fence()).job().id(), n);
      case Note.SnapshotTaken n -> world.taken.count(Way.SNAPSHOT_TAKEN);
      case Note.SnapshotFailed n -> world.taken.count(Way.SNAPSHOT_FAILED);
      case Note.Elected n -> world.taken.count(Way.ELECTED);
      case Note.Waiting n -> {
        losses.onWaiting(n.reason());
        world.taken.count(Way.of(n.reason()));
      }
      case Note.StoodDown n -> world.taken.count(Way.of(n.reason()));
    }
  }

  private void onChosen(Fence fence, Configuration configuration) {
    changed = true;
    Optional<Configuration> below = register.onChosen(fence, configuration);
    if (!losses.isBetween(below, configuration)) {
      audits.onChosen(below, configuration);
      boolean stopsForALoss = losses.endedBy(configuration);
      below.ifPresent(before -> OrderLaws.onChosen(before, configuration, stopsForALoss));
      evaluations.onChosen(
          below,
          configuration,
          versions.isAFunctionOfTheJob(configuration.job().id())
              ? versions.plainRun(configuration.job().id())
              : null);
    }
    if (isGivenUp(configuration.job(), fence)) {
      return; // by those who were taken for lost, and do not know it yet
    }
    RestoreLaws.Restorable snapshot = restores.onChosen(configuration, nothingIsLost());
    if (snapshot != null
        && versions.generation(configuration.job().id()) < configuration.generation()) {
      versions.goesBack(configuration, snapshot);
      finished.remove(configuration.job().id());
    }
    if (configuration.status() == JobStatus.STOPPED) {
      stopped.add(configuration.job().id());
    } else {
      stopped.remove(configuration.job().id());
    }
    if (configuration.status() == JobStatus.FINISHED) {
      JobSpec job = configuration.job();
      check(committedVersion(job.id()) == job.steps(), "finished early: " + configuration);
      check(
          configuration.orders().snapshot().state() != SnapshotOrder.State.WANTED,
          "finished without the snapshot that was ordered: " + configuration);
      finished.add(job.id());
    }
  }

  /** The replicas of the newest chosen configuration have one truth. */
  void afterEvent() {
    if (!changed) {
      return;
    }
    changed = false;
    Configuration configuration = newest();
    if (configuration == null || configuration.status() == JobStatus.CREATED) {
      return;
    }
    if (history.mixed() && losses.isAfterOne(configuration) && configuration.hasEnded()) {
      return; // it was stopped since nobody knows which history a store belongs to
    }
    JobId job = configuration.job().id();
    ReplicaLaws.haveOneTruth(world, configuration, versions.committed(job));
  }

  private Configuration configurationOf(Fence fence) {
    return register.chosenUnder(fence);
  }

  static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new Violation(otherwise);
    }
  }
}
