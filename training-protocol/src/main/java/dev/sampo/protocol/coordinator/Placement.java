package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.membership.ClusterView;
import dev.sampo.protocol.membership.NodeCard;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Who should hold which shard, given who is alive: replicas on distinct nodes, state in proportion
 * to memory. Pure; the coordinator proposes what comes out if it differs from what is.
 */
final class Placement {
  private final ClusterView view;
  private final ClusterView staying;
  private final Testimony testimony;
  private final Map<NodeId, Integer> load = new HashMap<>();

  private Placement(ClusterView view, ClusterView staying, Testimony testimony) {
    this.view = view;
    this.staying = staying;
    this.testimony = testimony;
  }

  /** The first placement of a job; empty while no node can hold replicas. */
  static Optional<List<ShardMembers>> initial(JobSpec job, ClusterView staying) {
    return initial(job, staying, new Testimony());
  }

  private static Optional<List<ShardMembers>> initial(
      JobSpec job, ClusterView staying, Testimony testimony) {
    Placement placement = new Placement(staying, staying, testimony);
    List<ShardMembers> shards = new ArrayList<>();
    for (int shard = 0; shard < job.shards(); shard++) {
      Set<Member> chosen = new LinkedHashSet<>();
      while (chosen.size() < job.replicas()) {
        Optional<Member> next = placement.roomiest(shard, chosen);
        if (next.isEmpty()) {
          break;
        }
        chosen.add(next.get());
      }
      if (chosen.isEmpty()) {
        return Optional.empty();
      }
      List<Member> replicas = List.copyOf(chosen);
      shards.add(new ShardMembers(shard, replicas, replicas.getFirst(), List.of()));
    }
    return Optional.of(shards);
  }

  /**
   * The placement that follows from who is alive now:
   *
   * <ul>
   *   <li>a node that restarted stands in for its former life, with its store;
   *   <li>the dead are left out, but only when one who stays has told that it holds a version: the
   *       job waits for a shard's last store;
   *   <li>while {@code patient}, also a shard of which only restarted replicas are back waits for
   *       the others: after a power cut that is cheaper than to heal them;
   *   <li>an owner that is left out is succeeded by a living replica;
   *   <li>a shard with too few copies gets a learner where there is room;
   *   <li>a node that is to leave counts for nothing, gets nothing new, and lets a shard go as soon
   *       as those who stay have all the copies that they can have.
   * </ul>
   */
  static List<ShardMembers> reconcile(
      Configuration configuration, ClusterView view, Testimony testimony, boolean patient) {
    ClusterView staying = view.staying(configuration);
    if (configuration.status() == JobStatus.CREATED
        && (someoneIsNotIn(staying, configuration) || nobodyIsAble(configuration, testimony))) {
      // Where it begins is a function of the job, or a snapshot: who holds it may be chosen anew.
      return initial(configuration.job(), staying, testimony).orElse(configuration.shards());
    }
    Placement placement = new Placement(view, staying, testimony);
    List<ShardMembers> kept = new ArrayList<>();
    for (ShardMembers shard : configuration.shards()) {
      kept.add(placement.keepLiving(shard, patient));
    }
    for (ShardMembers shard : kept) {
      shard.replicas().forEach(placement::count);
      shard.learners().forEach(placement::count);
    }
    return kept.stream()
        .map(shard -> placement.fill(shard, configuration))
        .map(shard -> placement.release(shard, configuration))
        .toList();
  }

  private static boolean someoneIsNotIn(ClusterView view, Configuration configuration) {
    return configuration.shards().stream()
        .flatMap(shard -> shard.replicas().stream())
        .anyMatch(member -> !view.isAlive(member));
  }

  private static boolean nobodyIsAble(Configuration configuration, Testimony testimony) {
    return configuration.shards().stream()
        .anyMatch(
            shard -> shard.replicas().stream().allMatch(r -> testimony.isUnable(shard.shard(), r)));
  }

  private ShardMembers keepLiving(ShardMembers shard, boolean patient) {
    List<Member> living = shard.replicas().stream().filter(view::isAlive).toList();
    boolean isSafe = living.stream().anyMatch(r -> testimony.holdsAVersion(shard.shard(), r));
    boolean survived = living.stream().anyMatch(r -> !testimony.hasReturned(r));
    boolean keepDead = !isSafe || (patient && !survived);
    List<Member> replicas =
        shard.replicas().stream()
            .filter(replica -> keepDead || isBack(replica))
            .map(replica -> view.alive(replica.node()).orElse(replica))
            .toList();
    Member owner =
        replicas.contains(shard.owner())
            ? shard.owner()
            : view.alive(shard.owner().node())
                .filter(replicas::contains)
                .orElse(livingFirst(replicas));
    List<Member> learners =
        shard.learners().stream()
            .map(learner -> view.alive(learner.node()))
            .flatMap(Optional::stream)
            .filter(learner -> !replicas.contains(learner))
            .toList();
    return new ShardMembers(shard.shard(), replicas, owner, learners);
  }

  private boolean isBack(Member member) {
    return view.alive(member.node()).isPresent();
  }

  private Member livingFirst(List<Member> replicas) {
    return replicas.stream().filter(view::isAlive).findFirst().orElse(replicas.getFirst());
  }

  private ShardMembers fill(ShardMembers shard, Configuration now) {
    List<Member> learners = new ArrayList<>(shard.learners());
    learners.removeIf(now::isLeaving);
    List<Member> unable =
        learners.stream().filter(m -> testimony.isUnable(shard.shard(), m)).toList();
    learners.removeAll(unable);
    Set<Member> members = new LinkedHashSet<>(shard.replicas());
    members.addAll(learners);
    long leaving = shard.replicas().stream().filter(now::isLeaving).count();
    while (members.size() - leaving < now.job().replicas()) {
      // Nobody else may have room: then who has none is asked again.
      Optional<Member> next =
          roomiest(shard.shard(), members)
              .or(() -> unable.stream().filter(m -> !members.contains(m)).findFirst());
      if (next.isEmpty()) {
        break;
      }
      members.add(next.get());
      learners.add(next.get());
    }
    return new ShardMembers(shard.shard(), shard.replicas(), shard.owner(), learners);
  }

  /**
   * Those who are to leave are left out, but only when one who stays has told that it can serve.
   */
  private ShardMembers release(ShardMembers shard, Configuration now) {
    List<Member> stay = shard.replicas().stream().filter(r -> !now.isLeaving(r)).toList();
    boolean isSafe =
        stay.stream().anyMatch(r -> view.isAlive(r) && testimony.holdsAVersion(shard.shard(), r));
    if (stay.size() == shard.replicas().size() || !shard.learners().isEmpty() || !isSafe) {
      return shard;
    }
    Member owner = stay.contains(shard.owner()) ? shard.owner() : livingFirst(stay);
    return new ShardMembers(shard.shard(), stay, owner, List.of());
  }

  /** The living node with the least load for its memory, of those that are not excluded. */
  private Optional<Member> roomiest(int shard, Set<Member> excluded) {
    Set<NodeId> taken = new LinkedHashSet<>();
    excluded.forEach(member -> taken.add(member.node()));
    Optional<Member> best =
        staying.nodes().stream()
            .filter(NodeCard::stores)
            .filter(card -> !taken.contains(card.member().node()))
            .filter(card -> !testimony.isUnable(shard, card.member()))
            .min(
                Comparator.comparingDouble(this::loadForMemory)
                    .thenComparing(card -> card.member().node()))
            .map(NodeCard::member);
    best.ifPresent(this::count);
    return best;
  }

  private double loadForMemory(NodeCard card) {
    double memory = Math.max(1, card.memoryBytes());
    return (1 + load.getOrDefault(card.member().node(), 0)) / memory;
  }

  private void count(Member member) {
    load.merge(member.node(), 1, Integer::sum);
  }

  /** The same placement with one learner counted as a replica. */
  static List<ShardMembers> promote(List<ShardMembers> shards, int shard, Member learner) {
    return replace(
        shards,
        shard,
        members -> {
          List<Member> replicas = new ArrayList<>(members.replicas());
          replicas.add(learner);
          return new ShardMembers(
              shard, replicas, members.owner(), without(members.learners(), learner));
        });
  }

  /** The same placement with one replica, not the last, counted as a learner. */
  static List<ShardMembers> demote(List<ShardMembers> shards, int shard, Member replica) {
    return replace(
        shards,
        shard,
        members -> {
          List<Member> replicas = without(members.replicas(), replica);
          List<Member> learners = new ArrayList<>(members.learners());
          learners.add(replica);
          Member owner = members.owner().equals(replica) ? replicas.getFirst() : members.owner();
          return new ShardMembers(shard, replicas, owner, learners);
        });
  }

  static List<ShardMembers> withOwner(List<ShardMembers> shards, int shard, Member owner) {
    return replace(
        shards,
        shard,
        members -> new ShardMembers(shard, members.replicas(), owner, members.learners()));
  }

  private static List<ShardMembers> replace(
      List<ShardMembers> shards, int shard, UnaryOperator<ShardMembers> change) {
    return shards.stream().map(m -> m.shard() == shard ? change.apply(m) : m).toList();
  }

  private static List<Member> without(List<Member> members, Member one) {
    return members.stream().filter(member -> !member.equals(one)).toList();
  }
}
