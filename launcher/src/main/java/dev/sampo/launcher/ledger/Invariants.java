package dev.sampo.launcher.ledger;

import dev.sampo.protocol.Fence;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * What must be true of every run, asked of its ledger. The numbers are those of the project's list
 * of invariants; a question that the events do not answer is unknown.
 */
public final class Invariants {
  private final RunLedger run;
  private final long steps;

  /**
   * @param run all events of the run
   * @param steps of its job
   */
  public Invariants(RunLedger run, long steps) {
    this.run = run;
    this.steps = steps;
  }

  /** The checks that need nothing but the run itself. */
  public List<Finding> ofTheRunAlone() {
    return List.of(oneOwner(), neverDown(), everyStep(), oneHash(), oneLoss(), oneModel());
  }

  /** I1: a fence stands for one configuration, and that has one owner for each shard. */
  Finding oneOwner() {
    String check = "I1 one owner a shard and fence";
    List<Fence> doubtful =
        run.placements().entrySet().stream()
            .filter(entry -> entry.getValue().size() > 1)
            .map(Map.Entry::getKey)
            .toList();
    if (!doubtful.isEmpty()) {
      return Finding.fail(check, "two configurations under one fence: fences=" + doubtful);
    }
    List<Fence> strangers =
        run.placements().entrySet().stream()
            .filter(entry -> entry.getValue().stream().anyMatch(Invariants::ownerIsNoReplica))
            .map(Map.Entry::getKey)
            .toList();
    if (!strangers.isEmpty()) {
      return Finding.fail(check, "an owner that is no replica: fences=" + strangers);
    }
    return run.placements().isEmpty()
        ? Finding.unknown(check, "no configuration was logged")
        : Finding.pass(check, run.placements().size() + " configurations");
  }

  private static boolean ownerIsNoReplica(Placement placement) {
    return placement.shards().stream().anyMatch(shard -> !shard.replicas().contains(shard.owner()));
  }

  /** I2: under a higher fence nothing lower is spoken of than was committed under a lower one. */
  Finding neverDown() {
    String check = "I2 the committed step never goes down";
    long highest = 0;
    for (Map.Entry<Fence, RunLedger.Span> entry : run.spans().entrySet()) {
      if (entry.getValue().lowest() < highest) {
        return Finding.fail(
            check,
            "fence=%s, version=%d, committedBefore=%d"
                .formatted(entry.getKey(), entry.getValue().lowest(), highest));
      }
      highest = Math.max(highest, entry.getValue().highest());
    }
    return run.spans().isEmpty()
        ? Finding.unknown(check, "no version was logged")
        : Finding.pass(check, "over " + run.spans().size() + " fences");
  }

  Finding everyStep() {
    String check = "every step committed";
    List<Long> missing =
        LongStream.rangeClosed(1, steps)
            .filter(version -> !run.hashes().containsKey(version))
            .boxed()
            .toList();
    if (!missing.isEmpty()) {
      return Finding.fail(
          check, "missing=%d of %d, first=%d".formatted(missing.size(), steps, missing.getFirst()));
    }
    return run.version() > steps
        ? Finding.fail(check, "a version beyond the last: version=" + run.version())
        : Finding.pass(check, steps + " steps");
  }

  /** I5: replicas at one version have one hash, over all nodes and all their lives. */
  Finding oneHash() {
    String check = "I5 one hash a version";
    List<Long> split = versionsWithMore(run.hashes());
    if (!split.isEmpty()) {
      return Finding.fail(check, "versions with more than one: " + split);
    }
    return run.hashes().isEmpty()
        ? Finding.unknown(check, "no hash was logged")
        : Finding.pass(check, run.hashes().size() + " versions");
  }

  Finding oneLoss() {
    String check = "one loss a version";
    List<Long> split = versionsWithMore(run.losses());
    if (!split.isEmpty()) {
      return Finding.fail(check, "versions with more than one: " + split);
    }
    long known = run.losses().size();
    return known < steps
        ? Finding.unknown(check, "known=%d of %d".formatted(known, steps))
        : Finding.pass(check, known + " versions");
  }

  private static <T> List<Long> versionsWithMore(NavigableMap<Long, Set<T>> values) {
    return values.entrySet().stream()
        .filter(entry -> entry.getValue().size() > 1)
        .map(Map.Entry::getKey)
        .toList();
  }

  Finding oneModel() {
    String check = "one final model";
    Set<String> models =
        run.exports().values().stream()
            .map(RunLedger.Export::sha256)
            .collect(Collectors.toCollection(TreeSet::new));
    return switch (models.size()) {
      case 0 -> Finding.unknown(check, "no node wrote one" + troubles());
      case 1 ->
          Finding.pass(
              check,
              "sha256=%s on %s"
                  .formatted(models.iterator().next(), String.join(" ", run.exports().keySet())));
      default -> Finding.fail(check, "sha256=" + run.exports());
    };
  }

  private String troubles() {
    return run.troubles().isEmpty() ? "" : ": " + run.troubles();
  }

  /** I3, I4, I8: nothing that happened to the run can be seen in what it learned. */
  public List<Finding> against(Reference reference) {
    return List.of(sameCurve(reference), sameModel(reference));
  }

  /** A piece that was missing or counted twice would change the loss of the step after it. */
  private Finding sameCurve(Reference reference) {
    String check = "I3 I4 the loss curve of the undisturbed run";
    List<Long> different = new ArrayList<>();
    List<Long> unknown = new ArrayList<>();
    NavigableMap<Long, Double> curve = new TreeMap<>(run.lossCurve());
    for (long version = 1; version <= steps; version++) {
      Double wanted = reference.lossCurve().get(version);
      Double found = curve.get(version);
      if (wanted == null || found == null) {
        unknown.add(version);
      } else if (Double.doubleToRawLongBits(wanted) != Double.doubleToRawLongBits(found)) {
        different.add(version);
      }
    }
    if (!different.isEmpty()) {
      return Finding.fail(
          check,
          "different=%d of %d, first=%d".formatted(different.size(), steps, different.getFirst()));
    }
    return unknown.isEmpty()
        ? Finding.pass(check, "%d losses, equal to the last bit".formatted(steps))
        : Finding.unknown(check, "not logged by both: versions=" + unknown);
  }

  private Finding sameModel(Reference reference) {
    String check = "I8 the hash of the undisturbed run";
    if (run.exports().isEmpty()) {
      return Finding.unknown(check, "no node wrote a model");
    }
    boolean same =
        run.exports().values().stream()
            .allMatch(export -> export.sha256().equals(reference.sha256()));
    return same
        ? Finding.pass(check, "sha256=" + reference.sha256())
        : Finding.fail(check, "wanted=%s, found=%s".formatted(reference.sha256(), run.exports()));
  }

  /** I11, I15: the cluster saw each fault, did something about it, and went on within a time. */
  public List<Finding> of(List<Fault> faults, long limitMs) {
    return faults.stream().map(fault -> of(fault, limitMs)).toList();
  }

  private Finding of(Fault fault, long limitMs) {
    String check = "I11 I15 " + fault.words();
    OptionalLong recovery = run.recoveryMs(fault);
    List<String> reactions = run.reactions(fault);
    if (recovery.isEmpty()) {
      return Finding.fail(check, "no step was committed afterwards");
    }
    String after =
        "a step after %.1f s, limit %.0f s"
            .formatted(recovery.getAsLong() / 1000.0, limitMs / 1000.0);
    if (recovery.getAsLong() > limitMs) {
      return Finding.fail(check, after + "; " + String.join(", ", reactions));
    }
    return reactions.isEmpty()
        ? Finding.unknown(check, after + "; no node logged what it did about it")
        : Finding.pass(check, after + "; " + String.join(", ", reactions));
  }
}
