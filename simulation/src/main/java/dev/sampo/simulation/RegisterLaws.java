package dev.sampo.simulation;

import dev.sampo.protocol.Ballot;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.register.VoterState;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What voters wrote only grows, and what they have chosen is one chain. */
final class RegisterLaws {
  private final NavigableMap<Fence, Configuration> chosen = new TreeMap<>();
  private final Map<Fence, Configuration> accepted = new HashMap<>();
  private final Map<Fence, Set<NodeId>> acceptedBy = new HashMap<>();

  /** The newest that was chosen; null before the first. */
  @Nullable Configuration newest() {
    return chosen.isEmpty() ? null : chosen.lastEntry().getValue();
  }

  boolean isNewest(Fence fence) {
    return fence.equals(chosen.lastKey());
  }

  Configuration chosenUnder(Fence fence) {
    return Objects.requireNonNull(chosen.get(fence), "acted under a fence that was not chosen");
  }

  void onVoterWrite(NodeId voter, VoterState before, VoterState after) {
    boolean grows =
        before.promised() == null
            || (after.promised() != null && after.promised().compareTo(before.promised()) >= 0);
    Ballot now = after.accepted();
    if (before.accepted() != null) {
      grows &= now != null && (now.equals(before.accepted()) || now.isAbove(before.accepted()));
    }
    Laws.check(grows, "a voter's state shrank: before=" + before + ", after=" + after);
    if (now != null) {
      Configuration other = accepted.putIfAbsent(now.fence(), now.configuration());
      Laws.check(
          other == null || other.equals(now.configuration()),
          "two configurations share a fence: " + now + " and " + other);
      acceptedBy.computeIfAbsent(now.fence(), fence -> new HashSet<>()).add(voter);
    }
  }

  /**
   * A coordinator acts under a configuration.
   *
   * @return the one that was chosen before it; empty for the first
   */
  Optional<Configuration> onChosen(Fence fence, Configuration configuration) {
    Configuration other = chosen.putIfAbsent(fence, configuration);
    Laws.check(
        other == null || other.equals(configuration), "two chosen under one fence: " + fence);
    Set<NodeId> voters = new HashSet<>(configuration.voters());
    voters.retainAll(acceptedBy.getOrDefault(fence, Set.of()));
    Laws.check(
        voters.size() > configuration.voters().size() / 2,
        "acted without a majority of voters: fence=" + fence + ", accepted by " + voters);
    Map.Entry<Fence, Configuration> below = chosen.lowerEntry(fence);
    Map.Entry<Fence, Configuration> above = chosen.higherEntry(fence);
    Laws.check(
        (below == null || precedes(below.getValue(), configuration))
            && (above == null || precedes(configuration, above.getValue())),
        "configurations are no chain: " + below + ", then " + configuration + ", then " + above);
    return Optional.ofNullable(below).map(Map.Entry::getValue);
  }

  /** Each chosen configuration is made from the one before it. */
  private static boolean precedes(Configuration before, Configuration after) {
    return before.generation() < after.generation() || before.number() < after.number();
  }
}
