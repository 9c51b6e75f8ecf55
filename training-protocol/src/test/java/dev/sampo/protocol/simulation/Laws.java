package dev.sampo.protocol.simulation;

import dev.sampo.protocol.Ballot;
import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.coordinator.Note;
import dev.sampo.protocol.register.VoterState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Section 5 of the protocol, checked while a history runs. */
final class Laws {
  /** The bits of one version of one shard. */
  record Bits(Digest parameters, Digest state) {
    static Bits of(CommitRecord record) {
      return new Bits(record.parameters(), record.state());
    }
  }

  private record Committed(List<Bits> shards, @Nullable Decision decision) {}

  private final History history;
  private final Map<JobId, PlainRun> plain = new HashMap<>();
  private final Map<JobId, List<Committed>> committed = new HashMap<>();
  private final Map<Fence, Configuration> chosen = new HashMap<>();
  private final Map<Fence, Configuration> accepted = new HashMap<>();
  private final Set<JobId> finished = new HashSet<>();
  private @Nullable Fence newestFence;
  private Function<Member, @Nullable ToyDisk> disks = member -> null;

  Laws(History history) {
    this.history = history;
    for (JobSpec job : history.jobs()) {
      committed.put(job.id(), new ArrayList<>());
      plain.put(job.id(), new PlainRun(new ToyModel(history, job)));
    }
  }

  /** How to see the disk that a life of a node wrote, null if that was wiped since. */
  void see(Function<Member, @Nullable ToyDisk> disksOfLives) {
    disks = disksOfLives;
  }

  boolean isFinished(JobId job) {
    return finished.contains(job);
  }

  long committedVersion(JobId job) {
    return committedOf(job).size() - 1L;
  }

  @Nullable Configuration newest() {
    return newestFence == null ? null : chosen.get(newestFence);
  }

  /** A side is about to become a version. */
  void onRecord(JobSpec job, int shard, CommitRecord record) {
    if (!history.mixed()) {
      PlainRun.Version expected = plainRun(job.id()).version(record.version());
      boolean equal =
          record.parameters().equals(expected.parameters().get(shard))
              && record.state().equals(expected.states().get(shard));
      check(equal, "a version has other bits than the plain run: shard=" + shard + ", " + record);
    }
  }

  /** Version step-1 is about to be overwritten. */
  void onApply(JobSpec job, long step) {
    check(
        step <= committedVersion(job.id()),
        "a side was overwritten that somebody may need: applying step="
            + step
            + ", committed="
            + committedVersion(job.id()));
  }

  void onGradient(JobSpec job, ToyShardMemory.Handle gradient) {
    float weight = gradient.values[ToyModel.WEIGHT];
    check(weight == job.slots(), "weight of a gradient: " + weight + ", slots=" + job.slots());
    check(gradient.clean, "a piece was computed from other bytes than the base that it names");
  }

  void onVoterWrite(VoterState before, VoterState after) {
    boolean grows =
        before.promised() == null
            || (after.promised() != null && after.promised().compareTo(before.promised()) >= 0);
    Ballot now = after.accepted();
    if (before.accepted() != null) {
      grows &= now != null && (now.equals(before.accepted()) || now.isAbove(before.accepted()));
    }
    check(grows, "a voter's state shrank: before=" + before + ", after=" + after);
    if (now != null) {
      Configuration other = accepted.putIfAbsent(now.fence(), now.configuration());
      check(
          other == null || other.equals(now.configuration()),
          "two configurations share a fence: " + now + " and " + other);
    }
  }

  void onNote(Note note) {
    switch (note) {
      case Note.Chosen n -> onChosen(n.fence(), n.configuration());
      case Note.VersionCommitted n ->
          onCommitted(configurationOf(n.fence()), n.fence(), n.version(), n.decision(), n.shards());
      case Note.Resumed n -> onResumed(n);
      case Note.Elected n -> {}
      case Note.Waiting n -> {}
      case Note.StoodDown n -> {}
    }
  }

  private void onChosen(Fence fence, Configuration configuration) {
    Configuration other = chosen.putIfAbsent(fence, configuration);
    check(other == null || other.equals(configuration), "two chosen under one fence: " + fence);
    if (newestFence == null || newestFence.isBelow(fence)) {
      newestFence = fence;
    }
    check(configuration.status() != JobStatus.STOPPED, "the job stopped: " + configuration);
    if (configuration.status() == JobStatus.FINISHED) {
      JobSpec job = configuration.job();
      check(committedVersion(job.id()) == job.steps(), "finished early: " + configuration);
      finished.add(job.id());
    }
  }

  private void onCommitted(
      Configuration configuration,
      Fence fence,
      long version,
      @Nullable Decision decision,
      List<CommitRecord> records) {
    JobSpec job = configuration.job();
    Committed now = new Committed(records.stream().map(Bits::of).toList(), decision);
    List<Committed> before = committedOf(job.id());
    check(version <= before.size(), "a commit left versions out: " + version);
    if (version < before.size()) {
      check(now.equals(before.get((int) version)), "two commits of one version: " + version);
      return;
    }
    before.add(now);
    if (!history.mixed()) {
      List<Decision> expected = plainRun(job.id()).version(version).decision();
      check(
          expected.equals(decision == null ? List.of() : List.of(decision)),
          "another decision than the plain run's: " + decision + ", expected " + expected);
    }
    if (fence.equals(newestFence)) {
      configuration.shards().forEach(shard -> allHave(job.id(), shard, version));
    }
  }

  private void allHave(JobId job, ShardMembers shard, long version) {
    for (Member replica : shard.replicas()) {
      ToyDisk disk = disks.apply(replica);
      check(
          disk == null || disk.store(job, shard.shard()).record(version) != null,
          "committed without a replica: version=" + version + ", replica=" + replica);
    }
  }

  /** Recovery took version {@code n.version()} for committed. */
  private void onResumed(Note.Resumed n) {
    Configuration configuration = configurationOf(n.fence());
    JobId job = configuration.job().id();
    if (n.version() <= committedVersion(job) || !n.fence().equals(newestFence)) {
      return;
    }
    List<CommitRecord> records = new ArrayList<>();
    for (ShardMembers shard : configuration.shards()) {
      for (Member replica : shard.replicas()) {
        ToyDisk disk = disks.apply(replica);
        CommitRecord record =
            disk == null ? null : disk.store(job, shard.shard()).record(n.version());
        if (record != null && records.size() == shard.shard()) {
          records.add(record);
        }
      }
    }
    check(records.size() == configuration.shards().size(), "resumed from what nobody has: " + n);
    onCommitted(configuration, n.fence(), n.version(), records.getFirst().decision(), records);
  }

  /** The replicas of the newest chosen configuration have one truth. */
  void afterEvent() {
    Configuration configuration = newest();
    if (configuration == null || configuration.status() == JobStatus.CREATED) {
      return;
    }
    JobId job = configuration.job().id();
    for (ShardMembers shard : configuration.shards()) {
      Map<Long, Bits> byVersion = new HashMap<>();
      for (Member replica : shard.replicas()) {
        ToyDisk disk = disks.apply(replica);
        if (disk == null) {
          continue;
        }
        ToyDisk.Store store = disk.store(job, shard.shard());
        for (ToyDisk.StoredSide side : List.of(store.even(), store.odd())) {
          CommitRecord record = side.record;
          if (record != null) {
            Bits bits = Bits.of(record);
            Bits other = byVersion.putIfAbsent(record.version(), bits);
            check(
                (other == null || other.equals(bits)) && agrees(job, shard.shard(), record, bits),
                "two truths of a version: shard=" + shard.shard() + ", " + replica + " " + record);
          }
        }
      }
    }
  }

  private boolean agrees(JobId job, int shard, CommitRecord record, Bits bits) {
    List<Committed> known = committedOf(job);
    return record.version() >= known.size()
        || known.get((int) record.version()).shards().get(shard).equals(bits);
  }

  private Configuration configurationOf(Fence fence) {
    return Objects.requireNonNull(chosen.get(fence), "acted under a fence that was not chosen");
  }

  private List<Committed> committedOf(JobId job) {
    return Objects.requireNonNull(committed.get(job));
  }

  private PlainRun plainRun(JobId job) {
    return Objects.requireNonNull(plain.get(job));
  }

  static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new Violation(otherwise);
    }
  }
}
