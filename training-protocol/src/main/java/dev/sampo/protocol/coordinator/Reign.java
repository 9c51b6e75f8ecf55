package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.HeldOutLoss;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.Term;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.membership.ClusterView;
import dev.sampo.protocol.message.Message.Accept;
import dev.sampo.protocol.message.Message.Committed;
import dev.sampo.protocol.message.Message.Configured;
import dev.sampo.protocol.message.Message.ToNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the phases of one reign share. */
final class Reign {
  final Term term;
  final CoordinatorOutput out;
  final CoordinatorSettings settings;
  final Testimony testimony = new Testimony();
  final Classes classes = new Classes();
  final Electorate electorate;
  final Doubt doubt;
  final Snapshotting snapshots;
  private final List<NodeId> firstVoters;
  private final long beganMs;
  private final Every announcement = new Every(1_000);
  ClusterView view;

  /** The configuration in force; null while the register is empty. */
  private @Nullable Configuration configuration;

  private @Nullable Committed lastCommitted;

  Reign(
      Term term,
      List<NodeId> firstVoters,
      CoordinatorOutput out,
      CoordinatorSettings settings,
      ClusterView view,
      long beganMs) {
    this.term = term;
    this.firstVoters = firstVoters;
    this.out = out;
    this.settings = settings;
    this.view = view;
    this.electorate = new Electorate(settings.voterGraceMs());
    this.doubt = new Doubt(settings.doubtMs());
    this.snapshots = new Snapshotting(out);
    this.beganMs = beganMs;
  }

  /** Whether it is too early to give up the stores of nodes that may be about to restart. */
  boolean isPatient(long nowMs) {
    return nowMs - beganMs < settings.restartGraceMs();
  }

  /**
   * Tells every node now and then what is in force: they prepare for the job by it, and each keeps
   * it for the day on which no majority of the voters comes back.
   */
  void announce(long nowMs) {
    if (announcement.isDue(nowMs)) {
      Configured configured = new Configured(fence(), configuration());
      tellAll(configured);
      Accept accept = new Accept(term, configuration());
      view.nodes().forEach(card -> out.toVoter(card.member().node(), accept));
      if (lastCommitted != null) {
        tellAll(lastCommitted);
      }
    }
  }

  /** The version that {@code attempt} starts from is committed: tells all, late ones too. */
  void committed(Attempt attempt) {
    lastCommitted =
        new Committed(
            fence(),
            attempt.step(),
            attempt.before(),
            attempt.parameters(),
            configuration().owners());
    tellAll(lastCommitted);
    snapshots.onCommitted(attempt, configuration(), fence());
  }

  /**
   * The devices that compute, and how fast each is; those that are to leave compute only while
   * nobody else is there.
   */
  Map<WorkerId, Double> rates() {
    Map<WorkerId, Double> staying = view.staying(configuration()).workersFor(configuration());
    return staying.isEmpty() ? view.workersFor(configuration()) : staying;
  }

  private void tellAll(ToNode message) {
    view.nodes().forEach(card -> out.toNode(card.member(), message));
  }

  void enforce(Configuration chosen) {
    if (configuration != null
        && (configuration.generation() < chosen.generation()
            || !configuration.job().equals(chosen.job()))) {
      // What was committed need not be any more.
      lastCommitted = null;
      snapshots.forget();
    }
    if (configuration != null
        && (configuration.generation() < chosen.generation()
            || configuration.status() != chosen.status())) {
      testimony.nobodyIsUnable();
    }
    HeldOutLoss known =
        configuration == null ? HeldOutLoss.NONE : configuration.evaluations().last();
    HeldOutLoss found = chosen.evaluations().last();
    configuration = chosen;
    snapshots.onChosen(chosen, fence());
    if (found.version() >= 0 && !found.equals(known)) {
      out.note(new Note.VersionEvaluated(fence(), found));
      announcement.now();
    }
  }

  @Nullable Configuration configurationOrNull() {
    return configuration;
  }

  Configuration configuration() {
    if (configuration == null) {
      throw new IllegalStateException("no configuration is in force yet: term=" + term);
    }
    return configuration;
  }

  JobSpec job() {
    return configuration().job();
  }

  Fence fence() {
    return configuration().under(term);
  }

  List<NodeId> firstVoters() {
    return firstVoters;
  }

  static int majorityOf(List<NodeId> voters) {
    return voters.size() / 2 + 1;
  }
}
