package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.message.ReplicaReport;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What follows from the reports of all replicas of a configuration. The replicas are the truth;
 * this is the one path back from everything (PROTOCOL section 3).
 */
final class Recovery {
  /** Why a job stops for good, but for a snapshot. */
  static final String NO_MODEL = "what is left of the shards makes no model: ";

  /** One shard's reports, by replica. */
  record ShardReports(ShardMembers members, Map<Member, ReplicaReport> reports) {
    ReplicaReport of(Member replica) {
      ReplicaReport report = reports.get(replica);
      if (report == null) {
        throw new IllegalStateException("every replica has reported: missing=" + replica);
      }
      return report;
    }

    Optional<Ahead> anyWith(long version) {
      return members.replicas().stream()
          .flatMap(
              replica ->
                  Stream.ofNullable(of(replica).of(version))
                      .map(record -> new Ahead(record, replica)))
          .findFirst();
    }
  }

  /** A version that a replica of a shard has already. */
  record Ahead(CommitRecord record, Member holder) {}

  sealed interface Finding {
    /** All are at this version with equal bits: it is committed, go on from it. */
    record Level(long version, List<CommitRecord> records) implements Finding {}

    /**
     * Step {@code decision.step()} was decided, and some replicas have applied it.
     *
     * @param base records of the version before it, by shard; null where nobody has that any more
     * @param ahead the version after it, by shard; null where nobody has applied it
     */
    record Halfway(
        Decision decision, List<@Nullable CommitRecord> base, List<@Nullable Ahead> ahead)
        implements Finding {}

    /** The configuration must change first. */
    record Reassign(List<ShardMembers> shards, String why) implements Finding {}

    /** A committed version is lost: a new generation goes on from the one before it. */
    record FallenBack(String why) implements Finding {}

    /** Nobody knows who is odd before all have checked their bytes. */
    record Unequal(String why) implements Finding {}

    record Corrupt(String why) implements Finding {}

    record Wait(String why) implements Finding {}
  }

  private final Configuration configuration;
  private final List<ShardReports> shards;

  private Recovery(Configuration configuration, List<ShardReports> shards) {
    this.configuration = configuration;
    this.shards = shards;
  }

  static Finding find(Configuration configuration, List<ShardReports> shards) {
    return new Recovery(configuration, shards).find();
  }

  private Finding find() {
    Optional<Finding> lacking = replicaWithoutAValidSide();
    if (lacking.isPresent()) {
      return lacking.get();
    }
    Optional<Finding> fallen = shardWithoutAnUndamagedReplica();
    if (fallen.isPresent()) {
      return fallen.get();
    }
    long high = newest().max().orElseThrow();
    Optional<Finding> behind = replicaMoreThanOneBehind(high);
    if (behind.isPresent()) {
      return behind.get();
    }
    long low = newest().min().orElseThrow();
    if (high - low > 1) {
      return new Finding.Corrupt(
          NO_MODEL + "versions lie more than one apart: lowest=" + low + ", highest=" + high);
    }
    Optional<Finding> better = ownerWithoutAGradientThatAnotherHolds(low);
    if (better.isPresent()) {
      return better.get();
    }
    return low == high ? level(low) : halfway(low);
  }

  private LongStream newest() {
    return shards.stream()
        .flatMap(shard -> shard.members().replicas().stream().map(shard::of))
        .mapToLong(ReplicaReport::newest);
  }

  private Optional<Finding> replicaWithoutAValidSide() {
    for (ShardReports shard : shards) {
      List<Member> none =
          shard.members().replicas().stream().filter(r -> shard.of(r).newest() < 0).toList();
      if (none.isEmpty()) {
        continue;
      }
      String who = "shard=" + shard.members().shard() + ", replicas=" + none + failure(shard, none);
      if (none.size() == shard.members().replicas().size()) {
        return Optional.of(
            new Finding.Wait(
                "no replica of a shard has a valid version: " + who + "; hint: sampo restore"));
      }
      return Optional.of(demote(shard, none.getFirst(), "a replica has no valid version: " + who));
    }
    return Optional.empty();
  }

  private static String failure(ShardReports shard, List<Member> none) {
    return none.stream()
        .map(replica -> shard.of(replica).failure())
        .filter(why -> !why.isEmpty())
        .findFirst()
        .map(why -> ", reason=" + why)
        .orElse("");
  }

  /** All have reported, and what all of them had is lost; a new generation gives it up. */
  private Optional<Finding> shardWithoutAnUndamagedReplica() {
    for (ShardReports shard : shards) {
      List<Member> replicas = shard.members().replicas();
      boolean allDamaged = replicas.stream().map(shard::of).allMatch(ReplicaReport::hasLostNewer);
      if (allDamaged) {
        return Optional.of(
            new Finding.FallenBack(
                "a shard's newest version is damaged in every replica: shard="
                    + shard.members().shard()
                    + ", replicas="
                    + replicas));
      }
    }
    return Optional.empty();
  }

  private Optional<Finding> replicaMoreThanOneBehind(long high) {
    for (ShardReports shard : shards) {
      long best =
          shard.members().replicas().stream()
              .mapToLong(r -> shard.of(r).newest())
              .max()
              .orElseThrow();
      for (Member replica : shard.members().replicas()) {
        long newest = shard.of(replica).newest();
        if (newest < high - 1 && newest < best) {
          return Optional.of(
              demote(
                  shard,
                  replica,
                  "a replica is more than one version behind: replica="
                      + replica
                      + ", version="
                      + newest
                      + ", highest="
                      + high));
        }
      }
    }
    return Optional.empty();
  }

  private Finding.Reassign demote(ShardReports shard, Member replica, String why) {
    return new Finding.Reassign(
        Placement.demote(configuration.shards(), shard.members().shard(), replica), why);
  }

  /** Whoever holds a whole gradient becomes owner, so that it need not be reduced anew. */
  private Optional<Finding> ownerWithoutAGradientThatAnotherHolds(long step) {
    for (ShardReports shard : shards) {
      Member owner = shard.members().owner();
      boolean open =
          shard.members().replicas().stream().allMatch(r -> shard.of(r).newest() == step);
      if (!open || shard.of(owner).holdsGradientOf(step)) {
        continue;
      }
      Optional<Member> holder =
          shard.members().replicas().stream()
              .filter(replica -> shard.of(replica).holdsGradientOf(step))
              .findFirst();
      if (holder.isPresent()) {
        int index = shard.members().shard();
        return Optional.of(
            new Finding.Reassign(
                Placement.withOwner(configuration.shards(), index, holder.get()),
                "a replica holds the gradient that the owner lacks: shard="
                    + index
                    + ", replica="
                    + holder.get()));
      }
    }
    return Optional.empty();
  }

  private Finding level(long version) {
    List<CommitRecord> records = new ArrayList<>();
    for (ShardReports shard : shards) {
      Optional<Finding> unequal = unequal(shard, version);
      if (unequal.isPresent()) {
        return unequal.get();
      }
      records.add(shard.anyWith(version).orElseThrow().record());
    }
    return new Finding.Level(version, records);
  }

  /** Replicas at one version with different bits: the majority of three or more wins. */
  private Optional<Finding> unequal(ShardReports shard, long version) {
    Map<String, List<Member>> byBits = new HashMap<>();
    for (Member replica : shard.members().replicas()) {
      CommitRecord record = shard.of(replica).of(version);
      if (record != null) {
        byBits
            .computeIfAbsent(
                record.parameters().hex() + record.state().hex(), h -> new ArrayList<>())
            .add(replica);
      }
    }
    return odd(byBits)
        .map(
            odd ->
                odd.<Finding>map(
                        member ->
                            demote(
                                shard,
                                member,
                                "a replica has other bits than the majority: replica="
                                    + member
                                    + ", version="
                                    + version))
                    .orElseGet(
                        () ->
                            new Finding.Unequal(
                                "replicas have different bits and none is in the majority: shard="
                                    + shard.members().shard()
                                    + ", version="
                                    + version)));
  }

  /** Empty: all equal. Present: the odd one, or empty if no majority tells which is. */
  private static Optional<Optional<Member>> odd(Map<String, List<Member>> byBits) {
    if (byBits.size() <= 1) {
      return Optional.empty();
    }
    int all = byBits.values().stream().mapToInt(List::size).sum();
    List<Member> odd = new ArrayList<>();
    for (List<Member> members : byBits.values()) {
      if (members.size() * 2 <= all) {
        odd.addAll(members);
      }
    }
    return Optional.of(odd.size() == all ? Optional.empty() : Optional.of(odd.getFirst()));
  }

  private Finding halfway(long low) {
    long high = low + 1;
    List<@Nullable CommitRecord> base = new ArrayList<>();
    List<@Nullable Ahead> ahead = new ArrayList<>();
    Decision decision = null;
    for (ShardReports shard : shards) {
      Optional<Finding> unequal = unequal(shard, high);
      if (unequal.isPresent()) {
        return unequal.get();
      }
      Ahead after = shard.anyWith(high).orElse(null);
      if (after != null) {
        decision = after.record().decisionOrThrow();
      }
      ahead.add(after);
      base.add(shard.anyWith(low).map(Ahead::record).orElse(null));
    }
    if (decision == null) {
      throw new IllegalStateException("someone is at the highest version: version=" + high);
    }
    return new Finding.Halfway(decision, base, ahead);
  }
}
