package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Quarantined;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Clearance;
import dev.sampo.protocol.message.Message.Coverage;
import java.util.List;
import java.util.Map;

/** Leads the audits of one step: nobody holds its gradient before they are over. */
final class Auditing {
  private final Coordinator coordinator;
  private final Reign reign;
  private final Attempt attempt;
  private final Audits audits;
  private Clearance clearance;

  /** A dispute between devices that nobody is left to decide; empty if there is none. */
  private String undecided = "";

  Auditing(Coordinator coordinator, Reign reign, Attempt attempt) {
    Configuration now = reign.configuration();
    this.coordinator = coordinator;
    this.reign = reign;
    this.attempt = attempt;
    this.audits = new Audits(now.job(), attempt.step(), reign.classes.in(now));
    this.clearance = audits.slots().isEmpty() ? Clearance.GIVEN : Clearance.AWAITED;
  }

  Audits audits() {
    return audits;
  }

  Clearance clearance() {
    return clearance;
  }

  /** What an owner has seen; says whether that was news. */
  boolean see(Coverage coverage) {
    return audits.see(coverage.shard(), coverage.seen());
  }

  /** Proposes to quarantine who was found to be wrong, if somebody was; says whether it did. */
  boolean quarantine(long nowMs) {
    List<Quarantined> wrong = clearance == Clearance.GIVEN ? List.of() : audits.wrong();
    if (wrong.isEmpty()) {
      return false;
    }
    coordinator.propose(
        reign.configuration().next().quarantining(wrong),
        "audits have found a device to be wrong: " + wrong,
        nowMs);
    return true;
  }

  /** Has audited slots computed once more; says whether the step has just become clear. */
  boolean plan(Leases leases, Map<WorkerId, Double> workers, long nowMs) {
    if (clearance == Clearance.GIVEN) {
      return false;
    }
    reign.classes.look(reign.view);
    String before = undecided;
    undecided = audits.plan(leases, workers, nowMs).orElse("");
    if (!undecided.isEmpty() && before.isEmpty()) {
      reign.out.note(new Note.Waiting(undecided));
    }
    if (!audits.areOver()) {
      return false;
    }
    clearance = Clearance.GIVEN;
    int slots = audits.slots().cardinality();
    reign.out.note(new Note.Audited(reign.fence(), attempt.step(), slots, audits.dropped()));
    return true;
  }

  /**
   * Proposes that all make their pieces anew where devices disagree and nobody can tell who is
   * wrong: it may have been a passing fault. Says whether it did.
   */
  boolean redo(long nowMs) {
    if (undecided.isEmpty()) {
      return false;
    }
    coordinator.propose(
        reign.configuration().next().redone(),
        "devices disagree, and all make their pieces anew: step=" + attempt.step(),
        nowMs);
    return true;
  }
}
