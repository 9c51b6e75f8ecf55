package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What this reign has heard from replicas about themselves. A replica that is gone may be the only
 * one with a valid version, so nobody is left out of a shard before one who stays has said that it
 * has one.
 */
final class Testimony {
  private record Holder(int shard, Member replica) {}

  private final Set<Holder> holders = new HashSet<>();
  private final Set<Member> returned = new HashSet<>();
  private final Set<Holder> unable = new HashSet<>();

  void reported(int shard, Member replica, long newestVersion) {
    Holder holder = new Holder(shard, replica);
    if (newestVersion >= 0) {
      holders.add(holder);
    } else {
      holders.remove(holder);
    }
  }

  boolean holdsAVersion(int shard, Member replica) {
    return holders.contains(new Holder(shard, replica));
  }

  /** Hears why somebody cannot come by a version of the shard; empty if it is not so. */
  void told(int shard, Member member, String failure) {
    Holder holder = new Holder(shard, member);
    if (failure.isEmpty()) {
      unable.remove(holder);
    } else {
      unable.add(holder);
    }
  }

  /** Whether there is no use in asking it to hold the shard. */
  boolean isUnable(int shard, Member member) {
    return unable.contains(new Holder(shard, member));
  }

  boolean someoneIsUnable() {
    return !unable.isEmpty();
  }

  /** Something else is to be held now: who could not hold the one may be able to hold the other. */
  void nobodyIsUnable() {
    unable.clear();
  }

  /** Those of {@code next} who were not replicas before stand in for their former lives. */
  void renamed(List<ShardMembers> now, List<ShardMembers> next) {
    for (ShardMembers shard : next) {
      shard.replicas().stream()
          .filter(replica -> !now.get(shard.shard()).replicas().contains(replica))
          .forEach(returned::add);
    }
  }

  /** Whether this life began during the reign: its store has been through a restart. */
  boolean hasReturned(Member replica) {
    return returned.contains(replica);
  }
}
