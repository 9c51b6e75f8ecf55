package dev.sampo.simulation;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.coordinator.Note;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is committed stays so within a generation, all replicas have it, and its bits are those of a
 * plain run.
 */
final class VersionLaws {
  private final World world;
  private final History history;
  private final RegisterLaws register;
  private final AuditLaws audits;
  private final LossLaws losses;
  private final Map<JobId, PlainRun> plain = new HashMap<>();
  private final Map<JobId, List<Committed>> committed = new HashMap<>();
  private final Map<JobId, Long> generations = new HashMap<>();

  /** The highest version that all replicas of a coordinator which others had followed had. */
  private final Map<JobId, Long> level = new HashMap<>();

  VersionLaws(World world, RegisterLaws register, AuditLaws audits, LossLaws losses) {
    this.world = world;
    this.history = world.history;
    this.register = register;
    this.audits = audits;
    this.losses = losses;
    for (JobSpec job : history.jobs()) {
      committed.put(job.id(), new ArrayList<>());
      plain.put(job.id(), new PlainRun(new ToyModel(history, job)));
    }
  }

  private long committedVersion(JobId job) {
    return committed(job).size() - 1L;
  }

  /**
   * The highest version that cannot be lost any more within this generation: committed, or found
   * with all replicas by a coordinator that others have followed, and that may tell so.
   */
  long safe(JobId job) {
    return Math.max(committedVersion(job), level.getOrDefault(job, -1L));
  }

  /** Whether every version is what a plain run makes of it. */
  boolean isAFunctionOfTheJob(JobId job) {
    return !history.mixed() && !audits.isTainted(job);
  }

  /** What the snapshot is of is committed, with its bits, and nothing after it. */
  void goesBack(Configuration begins, RestoreLaws.Restorable to) {
    JobId job = begins.job().id();
    generations.put(job, begins.generation());
    committed.put(job, new ArrayList<>(to.committed()));
    level.remove(job);
  }

  /** A coordinator takes a version for committed. */
  void onCommitted(
      Configuration configuration,
      Fence fence,
      long version,
      @Nullable Decision decision,
      List<CommitRecord> records) {
    JobSpec job = configuration.job();
    Committed now = Committed.of(records, decision);
    List<Committed> before = committed(job.id());
    if (isGivenUp(job.id(), fence) && (history.mixed() || version != before.size())) {
      return; // inside one class it is the version that it would be anyway
    }
    if (generation(job.id()) < configuration.generation()) {
      // Said in the log: what was committed before may be lost.
      generations.put(job.id(), configuration.generation());
      level.remove(job.id());
      before.subList((int) Math.min(version, before.size()), before.size()).clear();
      if (losses.isAfterOne(configuration) && isAFunctionOfTheJob(job.id())) {
        addUnseen(before, plainRun(job.id()), version);
      }
    }
    Laws.check(version <= before.size(), "a commit left versions out: " + version);
    if (version < before.size()) {
      Laws.check(now.equals(before.get((int) version)), "two commits of one version: " + version);
      return;
    }
    before.add(now);
    if (isAFunctionOfTheJob(job.id())) {
      checkBits(job, version, now);
      List<Decision> expected = plainRun(job.id()).version(version).decision();
      Laws.check(
          expected.equals(decision == null ? List.of() : List.of(decision)),
          "another decision than the plain run's: " + decision + ", expected " + expected);
    }
    if (register.isNewest(fence)) {
      configuration.shards().forEach(shard -> allHave(job.id(), shard, version));
    }
  }

  /** What those who had been given up committed meanwhile, the law did not look at. */
  private static void addUnseen(List<Committed> committed, PlainRun plain, long below) {
    while (committed.size() < below) {
      committed.add(Committed.of(plain.version(committed.size())));
    }
  }

  private void checkBits(JobSpec job, long version, Committed now) {
    PlainRun.Version plainly = plainRun(job.id()).version(version);
    for (int shard = 0; shard < now.shards().size(); shard++) {
      Committed.Bits bits =
          new Committed.Bits(plainly.parameters().get(shard), plainly.states().get(shard));
      Laws.check(
          bits.equals(now.shards().get(shard)),
          "other bits were committed than the plain run's: version=" + version);
    }
  }

  private void allHave(JobId job, ShardMembers shard, long version) {
    for (Member replica : shard.replicas()) {
      ToyDisk disk = world.diskOf(replica);
      Laws.check(
          disk == null || disk.store(job, shard.shard()).record(version) != null,
          "committed without a replica: version=" + version + ", replica=" + replica);
    }
  }

  /** Recovery took version {@code n.version()} for committed. */
  void onResumed(Configuration configuration, Note.Resumed n) {
    JobId job = configuration.job().id();
    boolean isOld = n.version() <= committedVersion(job);
    boolean isFallen = generation(job) < configuration.generation();
    if (isOld && !isFallen) {
      return;
    }
    if (!register.isNewest(n.fence())) {
      if (generation(job) == configuration.generation()) {
        level.merge(job, n.version(), Math::max);
      }
      return;
    }
    List<CommitRecord> records = new ArrayList<>();
    for (ShardMembers shard : configuration.shards()) {
      if (shard.replicas().stream().allMatch(replica -> world.diskOf(replica) == null)) {
        return; // lost since it was reported: what is resumed under the next fence tells
      }
      for (Member replica : shard.replicas()) {
        ToyDisk disk = world.diskOf(replica);
        CommitRecord record =
            disk == null ? null : disk.store(job, shard.shard()).record(n.version());
        if (record != null && records.size() == shard.shard()) {
          records.add(record);
        }
      }
    }
    Laws.check(
        records.size() == configuration.shards().size(), "resumed from what nobody has: " + n);
    onCommitted(configuration, n.fence(), n.version(), records.getFirst().decision(), records);
  }

  /** Whether it acts under a fence of a run that the job does not go on from. */
  boolean isGivenUp(JobId job, Fence fence) {
    return fence.generation() < Math.max(generation(job), losses.newestAccepted());
  }

  long generation(JobId job) {
    return generations.getOrDefault(job, 0L);
  }

  /** In the order of the versions. */
  List<Committed> committed(JobId job) {
    return Objects.requireNonNull(committed.get(job));
  }

  PlainRun plainRun(JobId job) {
    return Objects.requireNonNull(plain.get(job));
  }
}
