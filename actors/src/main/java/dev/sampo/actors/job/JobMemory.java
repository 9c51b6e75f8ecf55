package dev.sampo.actors.job;

import dev.sampo.config.NodeConfig;
import dev.sampo.config.PinnedJob;
import dev.sampo.config.Role;
import dev.sampo.model.ModelOptions.Activations;
import dev.sampo.protocol.JobSpec;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.StringJoiner;

/**
 * What a node takes of its machine's memory while it works on a job, at its peak, computed
 * beforehand: a pure function of their settings. It also decides what a device keeps: everything
 * where that fits, else only the borders of blocks, which changes no bit.
 *
 * <p>Counted is what the system cannot take back: everything but pages of files that are only read,
 * which are the programs, the libraries and the corpus. A node that computes counts as if every
 * shard lay on it.
 *
 * @param terms what takes it, none of them empty
 * @param limitBytes what the node may use
 * @param activations what a device keeps
 */
public record JobMemory(List<Term> terms, long limitBytes, Activations activations) {
  private static final double MIB = 1024.0 * 1024;

  /**
   * What one thing takes.
   *
   * @param name one word
   * @param what for a person: what it is and where the number comes from
   */
  public record Term(String name, long bytes, String what) {}

  /** Copies the terms. */
  public JobMemory {
    terms = List.copyOf(terms);
  }

  /** The memory of that job on that node. */
  public static JobMemory of(NodeConfig node, JobSpec spec, PinnedJob job) {
    JobMemory kept = of(node, spec, job, DeviceLoad.of(job, Activations.KEPT));
    JobMemory recomputed = of(node, spec, job, DeviceLoad.of(job, Activations.RECOMPUTED));
    return switch (node.activations()) {
      case AUTO -> kept.fits() ? kept : recomputed;
      case KEPT -> kept;
      case RECOMPUTED -> recomputed;
    };
  }

  /** As if the node did nothing for the job but that. */
  static JobMemory ofRole(NodeConfig node, JobSpec spec, PinnedJob job, Role role) {
    return of(node, spec, job, DeviceLoad.of(job, Activations.RECOMPUTED), Set.of(role));
  }

  /** As if the node did nothing for the job but keep one of its shards, the least that it can. */
  static JobMemory ofOneShard(NodeConfig node, JobSpec spec, PinnedJob job) {
    MemoryTerms terms = new MemoryTerms(spec, job);
    terms.addProcess();
    terms.addShards(1);
    return new JobMemory(terms.all(), node.memoryBytes(), Activations.RECOMPUTED);
  }

  /** As if devices computed like that. */
  static JobMemory of(NodeConfig node, JobSpec spec, PinnedJob job, DeviceLoad load) {
    return of(node, spec, job, load, node.roles());
  }

  private static JobMemory of(
      NodeConfig node, JobSpec spec, PinnedJob job, DeviceLoad load, Set<Role> roles) {
    MemoryTerms terms = new MemoryTerms(spec, job);
    terms.addProcess();
    if (roles.contains(Role.PARAMETERS)) {
      terms.addShards(spec.shards());
    }
    if (roles.contains(Role.COMPUTE)) {
      terms.addDevices(node.devices(), load);
    }
    return new JobMemory(terms.all(), node.memoryBytes(), load.activations());
  }

  /** What the term of that name takes; 0 if there is none. */
  public long bytes(String name) {
    return terms.stream().filter(term -> term.name().equals(name)).mapToLong(Term::bytes).sum();
  }

  /** All of it. */
  public long totalBytes() {
    return terms.stream().mapToLong(Term::bytes).sum();
  }

  /** Whether the node's limit allows it. */
  public boolean fits() {
    return totalBytes() <= limitBytes;
  }

  /** One line for a person. */
  public String line() {
    StringJoiner parts = new StringJoiner(", ", summary() + ": ", "");
    terms.forEach(term -> parts.add(term.name() + " " + mib(term.bytes())));
    return parts.toString();
  }

  /** A line for all and one for each term, for a person. */
  public String table() {
    StringJoiner lines = new StringJoiner(System.lineSeparator());
    lines.add(summary());
    for (Term term : terms) {
      lines.add(
          String.format(
              Locale.ROOT, "  %-12s%8.1f  %s", term.name(), term.bytes() / MIB, term.what()));
    }
    return lines.toString();
  }

  private String summary() {
    return "memory " + mib(totalBytes()) + " MiB of " + mib(limitBytes);
  }

  /** Rounded to whole MiB. */
  static String mib(long bytes) {
    return String.format(Locale.ROOT, "%.0f", bytes / MIB);
  }
}
