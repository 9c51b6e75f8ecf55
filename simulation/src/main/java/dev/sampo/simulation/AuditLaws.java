package dev.sampo.simulation;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.JobId;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.Quarantined;
import dev.sampo.protocol.coordinator.Note;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What binds a job that one device lies to. */
final class AuditLaws {
  private record Step(JobId job, long step) {}

  private final World world;
  private final Set<Step> lies = new HashSet<>();
  private final Set<JobId> tainted = new HashSet<>();

  AuditLaws(World world) {
    this.world = world;
  }

  /** A device has computed something wrong. */
  void onLie(JobSpec job, long step) {
    lies.add(new Step(job.id(), step));
  }

  /** Slots were dropped that nobody could compare: what was a lie by then may count. */
  void onAudited(JobId job, Note.Audited audited) {
    world.taken.count(audited.dropped() > 0 ? Way.AUDIT_DROPPED : Way.AUDITED);
    if (audited.dropped() > 0 && lies.contains(new Step(job, audited.step()))) {
      tainted.add(job);
    }
  }

  /**
   * Only who lies comes into quarantine, and whoever is there stays while the job is the same.
   *
   * @param below the configuration chosen before
   */
  void onChosen(Optional<Configuration> below, Configuration configuration) {
    boolean isKnown = below.isPresent() && below.get().job().id().equals(configuration.job().id());
    List<Quarantined> before = isKnown ? below.get().verdicts().quarantined() : List.of();
    Laws.check(
        configuration.verdicts().quarantined().containsAll(before),
        "a verdict was forgotten: before=" + before + ", after=" + configuration);
    Liar liar = world.history.liar();
    for (Quarantined found : configuration.verdicts().quarantined()) {
      NodeId node = found.device().node();
      Laws.check(
          liar != null && liar.index() == world.machine(node).index,
          "an honest device was quarantined: " + found);
    }
  }

  void onGradient(JobSpec job, long step, ToyShardMemory.Handle gradient) {
    Laws.check(!gradient.lies || tainted.contains(job.id()), "a lie was applied: step=" + step);
  }

  /** Whether a lie may count in this job, since nobody was there who could have told. */
  boolean isTainted(JobId job) {
    return tainted.contains(job);
  }
}
