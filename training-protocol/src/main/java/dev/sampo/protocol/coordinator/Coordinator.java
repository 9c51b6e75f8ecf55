package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.Orders;
import dev.sampo.protocol.Origin;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.SnapshotOrder;
import dev.sampo.protocol.Term;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.membership.ClusterView;
import dev.sampo.protocol.message.Message.Fenced;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.WorkerReport;
import dev.sampo.protocol.register.TermDisk;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Leads a job. Somebody else says who should try (a cluster singleton); terms and fences say who
 * may: two coordinators at once cannot disagree, only waste work.
 *
 * <pre>
 *  from        on                                      to
 *  Preparing   promises of a majority, register full   Proposing (the same, number + 1)
 *              promises of a majority, register empty  Resting
 *  Proposing   accepted by a majority                  Reporting | Resting (job was stopped)
 *  Reporting   all replicas reported                   Stepping | Evaluating | Paused | Proposing
 *  Stepping    all replicas applied, equal bits        Stepping (the next) | Evaluating | Paused
 *  Evaluating  the loss of every slot is known         Proposing (with it; stopped, by the rule)
 *              at the last version                     Proposing (finished) | Resting (finished)
 *  Resting     a job is submitted                      Proposing
 *  any         the job is to go back to a snapshot     Proposing (another generation)
 *  any         somebody died, came, caught up          Proposing
 *  Stepping    an order, and no Apply was sent         Proposing
 *  Evaluating  an order                                Proposing
 *  Paused      an order                                Proposing
 *  Reporting   an order, and a replica is waited for   Proposing
 *  Stepping    a voter is gone or can be added         Proposing
 *              replicas differ, a step stands still    Proposing (reports from checked bytes follow)
 *  Proposing   a new voter is gone before it accepted  Proposing (the old set, number + 1)
 *              a majority of the voters is gone        BackingOff
 *  Preparing   their loss is accepted                  Proposing (those who are left)
 *  any         its loss is accepted                    BackingOff, with the acceptance
 *  any         refused, or fenced                      BackingOff
 *  BackingOff  time                                    Preparing, under a fresh term
 * </pre>
 */
public final class Coordinator {
  private final NodeId self;
  private final List<NodeId> firstVoters;
  private final TermDisk terms;
  private final CoordinatorOutput out;
  private final CoordinatorSettings settings;

  private final OrderBook orders = new OrderBook();

  private Reign reign;
  private Phase phase;
  private long knownGeneration;
  private @Nullable Run submitted;

  /**
   * Begins a reign at once.
   *
   * @param firstVoters who decides while the register is empty
   */
  public Coordinator(
      NodeId self,
      List<NodeId> firstVoters,
      TermDisk terms,
      CoordinatorOutput out,
      CoordinatorSettings settings,
      long nowMs) {
    this.self = self;
    this.firstVoters = List.copyOf(firstVoters);
    this.terms = terms;
    this.out = out;
    this.settings = settings;
    this.reign = newReign(0, ClusterView.EMPTY, nowMs);
    this.phase = new Preparing(this, reign, null, knownGeneration);
  }

  private Reign newReign(long aboveCounter, ClusterView view, long nowMs) {
    Term term = new Term(terms.nextAbove(aboveCounter), self);
    return new Reign(term, firstVoters, out, settings, view, nowMs);
  }

  /** What the control plane brings. */
  public void on(Member from, ToCoordinator message, long nowMs) {
    phase.on(from, message, nowMs);
  }

  /** Time passes; {@code view} is who seems to be alive. */
  public void onTick(ClusterView view, long nowMs) {
    reign.view = view;
    phase.onTick(nowMs);
  }

  /**
   * Hands a job in; it begins with the next tick that finds room for it. To be repeated until it is
   * taken: only what the register holds survives this coordinator.
   */
  public Submission submit(JobSpec job) {
    return submit(job, Origin.VERSION_ZERO);
  }

  /**
   * As {@link #submit(JobSpec)}, but beginning where {@code origin} says. From a snapshot with a
   * higher number than any before, the same job goes back even if it runs, or has finished.
   */
  public Submission submit(JobSpec job, Origin origin) {
    Configuration now = reign.configurationOrNull();
    if (now == null && !(phase instanceof Resting)) {
      return new Submission.Later();
    }
    Run run = new Run(job, origin);
    Submission answer = run.answer(now);
    if (answer instanceof Submission.Later) {
      submitted = run;
    }
    return answer;
  }

  /**
   * Hands an order in; it takes effect between two steps. To be repeated until it is taken: only
   * what the register holds survives this coordinator.
   */
  public Submission order(Order order) {
    Configuration now = reign.configurationOrNull();
    if (now == null) {
      return phase instanceof Resting
          ? new Submission.Refused(
              "an order is for a job, and there is none: order=" + order + "; hint: sampo submit")
          : new Submission.Later();
    }
    return orders.hand(order, now, reign.view);
  }

  /**
   * That no majority of the voters answers, as far as it is known; empty while one does, and while
   * not all who live have been heard.
   */
  public Optional<Loss> loss() {
    if (phase instanceof Preparing preparing) {
      return preparing.loss();
    }
    // What is in force may go on for a while, until something has to be decided.
    return configuration()
        .filter(now -> !reign.view.hasAMajorityOf(now.voters()))
        .map(now -> new Loss(now, reign.view.names(), reign.term));
  }

  /**
   * Takes the voters that are missing for gone for good, as somebody says who has looked at {@link
   * #loss()}. To be repeated until it is taken.
   */
  public Submission acceptLoss(Acceptance acceptance, long nowMs) {
    Configuration now = reign.configurationOrNull();
    if (now != null && now.generation() >= acceptance.number()) {
      return new Submission.Taken();
    }
    if (now != null && reign.view.hasAMajorityOf(now.voters())) {
      return new Submission.Refused(
          "a loss is accepted where no majority of the voters answers, and one does: voters="
              + now.voters()
              + "; hint: sampo status");
    }
    if (phase instanceof Preparing preparing) {
      return preparing.accept(acceptance, nowMs);
    }
    if (phase instanceof Proposing || phase instanceof BackingOff) {
      return new Submission.Later();
    }
    if (now == null || !acceptance.told().equals(reign.term)) {
      return acceptance.refused("under term " + reign.term);
    }
    // All who live are asked anew, for what they know and for obedience.
    out.note(new Note.StoodDown("somebody accepts the loss of voters: " + now.voters()));
    backOff(reign.term.counter(), acceptance, nowMs);
    return new Submission.Later();
  }

  /** The configuration in force, empty while there is none. */
  public Optional<Configuration> configuration() {
    return Optional.ofNullable(reign.configurationOrNull());
  }

  // Transitions: only here.

  void propose(Configuration next, String why, long nowMs) {
    phase = new Proposing(this, reign, next, why);
    phase.onTick(nowMs);
  }

  void enforce(Configuration chosen, String why, long nowMs) {
    reign.enforce(chosen);
    out.note(new Note.Chosen(reign.fence(), chosen, why));
    boolean stopped = chosen.status() == JobStatus.STOPPED;
    phase = stopped ? new Resting(this, reign) : new Reporting(this, reign, nowMs);
    phase.onTick(nowMs);
  }

  void rest(long nowMs) {
    phase = new Resting(this, reign);
    phase.onTick(nowMs);
  }

  void step(Attempt attempt, Map<WorkerId, WorkerReport> workers, long nowMs) {
    boolean isCommitted = attempt.decided() == null;
    if (isCommitted && rests(attempt)) {
      phase = new Paused(this, reign, attempt);
    } else if (isCommitted && reign.configuration().isToBeEvaluated(attempt.step())) {
      phase = new Evaluating(this, reign, attempt);
    } else {
      phase = new Stepping(this, reign, attempt, workers, nowMs);
    }
    phase.onTick(nowMs);
  }

  /** The version is committed, and no step is to be led from it now. */
  boolean rests(Attempt attempt) {
    if (attempt.step() < reign.job().steps()) {
      return reign.configuration().orders().pace() == Orders.Pace.PAUSED;
    }
    return reign.configuration().status() == JobStatus.RUNNING
        && reign.snapshots.isBusyWith(attempt, reign.configuration());
  }

  void stop(String why, long nowMs) {
    propose(reign.configuration().next().stopped(why), why, nowMs);
  }

  void standDown(String reason, long aboveCounter, long nowMs) {
    out.note(new Note.StoodDown(reason));
    backOff(aboveCounter, null, nowMs);
  }

  private void backOff(long aboveCounter, @Nullable Acceptance acceptance, long nowMs) {
    phase = new BackingOff(this, aboveCounter, acceptance, nowMs + settings.backOffMs());
  }

  void tryAnew(long aboveCounter, @Nullable Acceptance acceptance, long nowMs) {
    reign = newReign(aboveCounter, reign.view, nowMs);
    phase = new Preparing(this, reign, acceptance, knownGeneration);
    phase.onTick(nowMs);
  }

  void onFenced(Member from, Fenced fenced, long nowMs) {
    knownGeneration = Math.max(knownGeneration, fenced.known().generation());
    standDown(
        "a higher fence is known: by=" + from + ", fence=" + fenced.known(),
        fenced.known().term().counter(),
        nowMs);
  }

  /** Proposes the placement that follows from who is alive, if it differs; says whether it did. */
  boolean reconcile(long nowMs) {
    Configuration now = reign.configuration();
    List<ShardMembers> next =
        Placement.reconcile(now, reign.view, reign.testimony, reign.isPatient(nowMs));
    if (next.equals(now.shards())) {
      return false;
    }
    reign.testimony.renamed(now.shards(), next);
    propose(now.next().withShards(next), "nodes came or went", nowMs);
    return true;
  }

  /** Proposes what somebody ordered, if somebody did; says whether it did. */
  boolean obey(long nowMs) {
    Configuration now = reign.configuration();
    Optional<Order> order = orders.next(now, reign.view);
    order.ifPresent(
        next ->
            propose(
                now.next().ordered(next),
                "an order to " + next.kind().name().toLowerCase(Locale.ROOT) + ": " + next,
                nowMs));
    return order.isPresent();
  }

  /** Proposes what became of an ordered snapshot, if it is known; says whether it did. */
  boolean tellOfSnapshot(long nowMs) {
    SnapshotOrder outcome = reign.snapshots.outcome();
    if (outcome == null) {
      return false;
    }
    propose(
        reign.configuration().next().withSnapshot(outcome),
        "an ordered snapshot was " + outcome.state().name().toLowerCase(Locale.ROOT),
        nowMs);
    return true;
  }

  /** Proposes a set of voters one node apart from the present one, if that is better. */
  boolean changeVoters(long nowMs) {
    Configuration now = reign.configuration();
    List<NodeId> next =
        reign.electorate.next(now.voters(), reign.view, reign.view.staying(now), nowMs);
    if (next.equals(now.voters())) {
      return false;
    }
    propose(now.next().withVoters(next), "the voters change: next=" + next, nowMs);
    return true;
  }

  /** Whether a run was handed in that can begin now. */
  boolean hasANextRun() {
    return submitted != null && submitted.follows(reign.configurationOrNull());
  }

  /**
   * Proposes the next run, if there is one; says whether it did. One that goes back gives up what
   * was committed, so it need not wait until a step is made.
   */
  boolean begin(long nowMs) {
    Run next = submitted;
    Configuration now = reign.configurationOrNull();
    if (next == null || !next.follows(now)) {
      return false;
    }
    Optional<Configuration> first = next.first(now, reign);
    first.ifPresent(
        configuration -> {
          submitted = null;
          propose(configuration, next.why(), nowMs);
        });
    return first.isPresent();
  }
}
