package dev.sampo.launcher.ledger;

import dev.sampo.protocol.Fence;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.Term;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The events of all nodes of one run of one job, added up. They may come in any order: what was
 * first or last is told by fences, terms and versions, and by the clock only for how long things
 * took.
 */
public final class RunLedger {
  /** Lowest and highest version that events speak of under one fence. */
  record Span(long lowest, long highest) {
    Span with(long version) {
      return new Span(Math.min(lowest, version), Math.max(highest, version));
    }
  }

  /** A coordinator committed a version. */
  private record Commit(long timeMs, long version, Fence fence) {}

  /** A configuration was chosen. */
  private record Choice(long timeMs, Fence fence) {}

  /** A finished model, as the node that wrote it tells. */
  public record Export(String folder, String sha256) {}

  private final NavigableMap<Long, Set<String>> hashes = new TreeMap<>();
  private final NavigableMap<Long, Set<Double>> losses = new TreeMap<>();
  private final NavigableMap<Long, Set<Double>> heldOut = new TreeMap<>();
  private final List<Commit> commits = new ArrayList<>();
  private final List<Choice> chosen = new ArrayList<>();
  private final NavigableMap<Fence, Span> spans = new TreeMap<>();
  private final NavigableMap<Fence, Set<Placement>> placements = new TreeMap<>();
  private final Map<String, Export> exports = new TreeMap<>();
  private final List<NodeEvent> turns = new ArrayList<>();
  private final List<String> troubles = new ArrayList<>();
  private @Nullable Term highestTerm;
  private long computedSlots;

  /** Takes one event in. Names that it does not know are passed over. */
  public void take(NodeEvent event) {
    switch (event.name()) {
      case "version", "committed" -> takeVersion(event);
      case "resumed" -> {
        turns.add(event);
        mark(event);
      }
      case "configured" -> {
        turns.add(event);
        Fence fence = fenceOf(event);
        elected(fence.term());
        chosen.add(new Choice(event.timeMs(), fence));
        placements
            .computeIfAbsent(fence, key -> new LinkedHashSet<>())
            .add(Placement.of(event.body()));
      }
      case "elected" -> {
        turns.add(event);
        elected(term(event.text("term")));
      }
      case "started" -> turns.add(event);
      case "evaluated", "validated" ->
          heldOut
              .computeIfAbsent(event.number("version"), key -> new TreeSet<>())
              .add(event.body().path("loss").asDouble());
      case "computed" -> computedSlots += event.number("slots");
      case "exported" ->
          exports.put(event.node(), new Export(event.text("folder"), event.text("sha256")));
      case "export-failed", "refused" ->
          troubles.add(event.node() + ": " + event.name() + ", " + event.text("reason"));
      default -> {
        // Written for people: waiting, stood-down, ended and what later versions add.
      }
    }
  }

  private void takeVersion(NodeEvent event) {
    long version = event.number("version");
    mark(event);
    hashes.computeIfAbsent(version, key -> new TreeSet<>()).add(event.text("hash"));
    if (event.body().has("loss")) {
      losses
          .computeIfAbsent(version, key -> new TreeSet<>())
          .add(event.body().path("loss").asDouble());
    }
    if (event.name().equals("version")) {
      commits.add(new Commit(event.timeMs(), version, fenceOf(event)));
    }
  }

  private void mark(NodeEvent event) {
    long version = event.number("version");
    Fence fence = fenceOf(event);
    elected(fence.term());
    spans.merge(fence, new Span(version, version), (old, fresh) -> old.with(version));
  }

  private void elected(Term term) {
    if (highestTerm == null || term.compareTo(highestTerm) > 0) {
      highestTerm = term;
    }
  }

  private static Fence fenceOf(NodeEvent event) {
    String text = event.text("fence");
    String[] parts = text.split("/", 3);
    if (parts.length != 3) {
      throw new IllegalArgumentException(
          "an event's fence is generation/term/number: node=%s, event=%s, fence=%s"
              .formatted(event.node(), event.name(), text));
    }
    return new Fence(Long.parseLong(parts[0]), term(parts[1]), Long.parseLong(parts[2]));
  }

  private static Term term(String text) {
    int at = text.indexOf('@');
    if (at < 1) {
      throw new IllegalArgumentException("a term is counter@node: term=" + text);
    }
    return new Term(Long.parseLong(text.substring(0, at)), new NodeId(text.substring(at + 1)));
  }

  /** The node of the newest coordinator. */
  public Optional<String> coordinator() {
    return Optional.ofNullable(highestTerm).map(term -> term.node().name());
  }

  /** The newest configuration. */
  public Optional<Placement> placement() {
    return placements.isEmpty()
        ? Optional.empty()
        : Optional.of(placements.lastEntry().getValue().iterator().next());
  }

  /** The highest version that was committed; 0 before the first step. */
  public long version() {
    return hashes.isEmpty() ? 0 : hashes.lastKey();
  }

  /** Loss of the newest step that is known. */
  public OptionalDouble lastLoss() {
    return losses.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(losses.lastEntry().getValue().iterator().next());
  }

  /** Whether the newest configuration says that the job is done. */
  public boolean isFinished() {
    return placement().filter(now -> now.status().equals("FINISHED")).isPresent();
  }

  /** Why the job was stopped, if it was. */
  public Optional<String> stopped() {
    return placement().filter(now -> now.status().equals("STOPPED")).map(Placement::why);
  }

  /** Finished models by the node that wrote them. */
  public Map<String, Export> exports() {
    return Collections.unmodifiableMap(exports);
  }

  /** Slots of all tree nodes that devices finished, those that were done again too. */
  public long computedSlots() {
    return computedSlots;
  }

  /** Refusals and failed exports, each with its node. */
  public List<String> troubles() {
    return Collections.unmodifiableList(troubles);
  }

  /** The loss that led to each version, where all nodes agree on it. */
  public NavigableMap<Long, Double> lossCurve() {
    return losses.entrySet().stream()
        .filter(entry -> entry.getValue().size() == 1)
        .collect(
            Collectors.toMap(
                Map.Entry::getKey,
                entry -> entry.getValue().iterator().next(),
                (one, other) -> one,
                TreeMap::new));
  }

  /**
   * How long after the fault the first step was committed by a cluster that had adapted to it: of a
   * higher version and, if a configuration came after the fault, under a higher fence than before.
   * (What was on its way when the fault struck may still be committed.) Empty while none was.
   */
  public OptionalLong recoveryMs(Fault fault) {
    long before =
        commits.stream()
            .filter(commit -> commit.timeMs <= fault.timeMs())
            .mapToLong(Commit::version)
            .max()
            .orElse(0);
    Optional<Fence> adapted =
        chosen.stream()
            .filter(choice -> choice.timeMs > fault.timeMs())
            .map(Choice::fence)
            .min(Comparator.naturalOrder());
    return commits.stream()
        .filter(commit -> commit.timeMs > fault.timeMs() && commit.version > before)
        .filter(commit -> adapted.isEmpty() || !commit.fence.isBelow(adapted.get()))
        .mapToLong(commit -> commit.timeMs - fault.timeMs())
        .min();
  }

  /** What the cluster did about a fault, as events between it and the next committed step tell. */
  public List<String> reactions(Fault fault) {
    long until = recoveryMs(fault).orElse(Long.MAX_VALUE - fault.timeMs());
    return turns.stream()
        .filter(event -> event.timeMs() >= fault.timeMs())
        .filter(event -> event.timeMs() - fault.timeMs() <= until)
        .filter(event -> !event.name().equals("started"))
        .sorted(Comparator.comparingLong(NodeEvent::timeMs))
        .map(event -> event.name() + " by " + event.node())
        .distinct()
        .toList();
  }

  /** What nodes told of each version's loss on the held-out text: one, if all is well. */
  public NavigableMap<Long, Set<Double>> heldOutLosses() {
    return Collections.unmodifiableNavigableMap(heldOut);
  }

  NavigableMap<Long, Set<String>> hashes() {
    return Collections.unmodifiableNavigableMap(hashes);
  }

  NavigableMap<Long, Set<Double>> losses() {
    return Collections.unmodifiableNavigableMap(losses);
  }

  NavigableMap<Fence, Span> spans() {
    return Collections.unmodifiableNavigableMap(spans);
  }

  NavigableMap<Fence, Set<Placement>> placements() {
    return Collections.unmodifiableNavigableMap(placements);
  }
}
