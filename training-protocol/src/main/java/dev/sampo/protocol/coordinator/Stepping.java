package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Decision;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.GradientFacts;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.coordinator.Recovery.Ahead;
import dev.sampo.protocol.message.Message.Applied;
import dev.sampo.protocol.message.Message.Apply;
import dev.sampo.protocol.message.Message.Base;
import dev.sampo.protocol.message.Message.CaughtUp;
import dev.sampo.protocol.message.Message.CopyFrom;
import dev.sampo.protocol.message.Message.Coverage;
import dev.sampo.protocol.message.Message.Fenced;
import dev.sampo.protocol.message.Message.Grant;
import dev.sampo.protocol.message.Message.Kept;
import dev.sampo.protocol.message.Message.LacksGradient;
import dev.sampo.protocol.message.Message.Published;
import dev.sampo.protocol.message.Message.Reduced;
import dev.sampo.protocol.message.Message.Reported;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Message.ToReplica;
import dev.sampo.protocol.message.Message.Written;
import dev.sampo.protocol.message.Scrutiny;
import dev.sampo.protocol.message.WorkerReport;
import dev.sampo.protocol.tree.TreeNode;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Leads one step from its grants to its commit, whether it begins fresh or was found halfway: then
 * the decision is taken from the records, shards that have the new version copy it within
 * themselves, and only the others are reduced anew.
 */
final class Stepping implements Phase {
  private final Coordinator coordinator;
  private final Reign reign;
  private final JobSpec job;
  private final Attempt attempt;
  private final @Nullable Digest baseHash;
  private final List<ShardProgress> shards = new ArrayList<>();
  private final Leases leases;
  private final Auditing auditing;
  private final Learners learners;
  private final Every retry;

  /** Workers that are to compute no more, and have leases of this step. */
  private final Set<WorkerId> leavers = new TreeSet<>();

  private @Nullable Decision decision;
  private boolean applySent;
  private boolean over;

  Stepping(
      Coordinator coordinator,
      Reign reign,
      Attempt attempt,
      Map<WorkerId, WorkerReport> workers,
      long nowMs) {
    this.coordinator = coordinator;
    this.reign = reign;
    this.attempt = attempt;
    this.decision = attempt.decided();
    this.job = reign.configuration().job();
    this.retry = new Every(reign.settings.retryMs());
    this.baseHash = attempt.parameters().isEmpty() ? null : attempt.baseHash();
    this.learners = new Learners(coordinator, reign, attempt);
    this.auditing = new Auditing(coordinator, reign, attempt);
    this.leases = new Leases(job.grain(), reign.settings.leaseTimeoutMs(), auditing.audits());
    reign
        .configuration()
        .shards()
        .forEach(
            members ->
                shards.add(new ShardProgress(members, attempt.ahead().get(members.shard()))));
    workers.forEach(
        (worker, report) -> {
          if (report.step() == attempt.step() && Objects.equals(report.baseHash(), baseHash)) {
            if (computesNoMore(worker)) {
              leavers.add(worker);
            } else {
              leases.resume(worker, report.leases(), nowMs);
            }
          }
        });
    shards.stream()
        .filter(shard -> !shard.needsGradient())
        .forEach(shard -> auditing.audits().done(shard.index()));
    if (attempt.decided() == null) {
      reign.committed(attempt);
    }
  }

  private boolean computesNoMore(WorkerId worker) {
    Configuration now = reign.configuration();
    return now.isLeaving(worker.member()) || now.verdicts().isQuarantined(worker.deviceId());
  }

  @Override
  public void onTick(long nowMs) {
    if (attempt.step() >= job.steps()) {
      end(nowMs);
      return;
    }
    if (coordinator.begin(nowMs) || coordinator.reconcile(nowMs)) {
      return;
    }
    if (nothingIsDecided() && (coordinator.obey(nowMs) || coordinator.tellOfSnapshot(nowMs))) {
      return;
    }
    if (!applySent && coordinator.changeVoters(nowMs)) {
      return;
    }
    if (!reign.rates().isEmpty() && reign.doubt.isDue(nowMs)) {
      if (!auditing.redo(nowMs)) {
        doubt("a step stands still: step=" + attempt.step(), nowMs);
      }
      return;
    }
    reign.announce(nowMs);
    leases.endThoseOfTheDead(reign.rates().keySet());
    boolean repeat = retry.isDue(nowMs);
    if (needsGradients()) {
      if (repeat) {
        sendBase();
      }
      grant(repeat, nowMs);
    }
    if (repeat) {
      shards.forEach(this::apply);
      learners.remind();
      reign.snapshots.repeat(reign.fence());
    }
  }

  private void end(long nowMs) {
    Configuration now = reign.configuration();
    if (now.status() == JobStatus.FINISHED) {
      coordinator.rest(nowMs);
    } else {
      coordinator.propose(now.next().finished(), "the last step is committed", nowMs);
    }
  }

  /** No replica can have applied this step: to change the configuration now is to do it before. */
  private boolean nothingIsDecided() {
    return !applySent && attempt.decided() == null;
  }

  private boolean needsGradients() {
    boolean skipped = decision != null && decision.skip();
    return !skipped && shards.stream().anyMatch(ShardProgress::needsGradient);
  }

  private void sendBase() {
    List<Member> computing =
        reign.rates().keySet().stream().map(WorkerId::member).distinct().toList();
    Base base = attempt.base(reign.fence(), computing, auditing.clearance());
    for (ShardProgress shard : shards) {
      if (shard.needsGradient()) {
        shard
            .members()
            .replicas()
            .forEach(replica -> reign.out.toReplica(replica, shard.index(), base));
      }
    }
  }

  private void grant(boolean repeat, long nowMs) {
    BitSet coveredByAll = new BitSet();
    coveredByAll.set(0, job.slots());
    shards.forEach(shard -> shard.keepCovered(coveredByAll));
    leases.plan(coveredByAll, reign.rates(), nowMs);
    if (auditing.plan(leases, reign.rates(), nowMs)) {
      sendBase();
    }
    leases.forEachToSend(repeat, this::grant);
    if (repeat) {
      leavers.stream()
          .filter(worker -> !reign.rates().containsKey(worker))
          .forEach(worker -> grant(worker, List.of()));
    }
  }

  /** What it has not started and is not named any more it leaves to others. */
  private void grant(WorkerId worker, List<TreeNode> nodes) {
    reign.out.toWorker(
        worker,
        new Grant(
            reign.fence(),
            job.id(),
            attempt.step(),
            attempt.baseHash(),
            attempt.parameters(),
            reign.configuration().owners(),
            nodes));
  }

  private void apply(ShardProgress shard) {
    Decision decided = decision;
    if (decided == null || reign.snapshots.holdsBack(attempt.step())) {
      return;
    }
    GradientFacts facts = shard.reduced();
    Ahead ahead = shard.foundAhead();
    if (ahead != null) {
      CopyFrom copy = new CopyFrom(reign.fence(), ahead.holder(), ahead.record());
      sendToThoseBehind(shard, copy);
    } else if (facts != null || decided.skip()) {
      sendToThoseBehind(
          shard, new Apply(reign.fence(), facts == null ? null : facts.hash(), decided));
    }
  }

  private void sendToThoseBehind(ShardProgress shard, ToReplica message) {
    applySent = true;
    shard.notApplied().forEach(replica -> reign.out.toReplica(replica, shard.index(), message));
  }

  @Override
  public void on(Member from, ToCoordinator message, long nowMs) {
    switch (message) {
      case Coverage m when isOfThisStep(m.fence(), m.step()) -> onCoverage(m, nowMs);
      case Reduced m when isOfThisStep(m.fence(), m.step()) -> {
        if (shards.get(m.shard()).reducedTo(m.facts())) {
          reign.doubt.moved(nowMs);
          auditing.audits().done(m.shard());
          decideWhenAllAreReduced(shards.get(m.shard()), nowMs);
        }
      }
      case Applied m when m.fence().equals(reign.fence()) -> onApplied(from, m, nowMs);
      case LacksGradient m when isOfThisStep(m.fence(), m.step()) ->
          coordinator.propose(
              reign.configuration().next(),
              "a replica lacks the gradient that was held: replica=" + from,
              nowMs);
      case CaughtUp m when m.fence().equals(reign.fence()) && nothingIsDecided() ->
          learners.onCaughtUp(from, m, nowMs);
      case Reported m when m.fence().equals(reign.fence()) ->
          reign.testimony.told(m.shard(), from, m.report().failure());
      case Kept m -> {
        reign.snapshots.onKept(from, m);
        shards.forEach(this::apply);
      }
      case Written m -> reign.snapshots.onWritten(from, m, reign.fence());
      case Published m -> reign.snapshots.onPublished(from, m, reign.fence());
      case Fenced m when m.asked().equals(reign.fence()) -> coordinator.onFenced(from, m, nowMs);
      default -> {}
    }
  }

  private void onCoverage(Coverage coverage, long nowMs) {
    boolean covers = shards.get(coverage.shard()).covers(coverage.held());
    boolean sees = auditing.see(coverage);
    if (sees || covers) {
      reign.doubt.moved(nowMs);
    }
    if (!sees || !auditing.quarantine(nowMs)) {
      grant(false, nowMs);
    }
  }

  private boolean isOfThisStep(Fence fence, long step) {
    return fence.equals(reign.fence()) && step == attempt.step();
  }

  private void decideWhenAllAreReduced(ShardProgress last, long nowMs) {
    if (attempt.decided() != null) {
      checkReducedAnew(last, nowMs);
      return;
    }
    List<GradientFacts> facts = new ArrayList<>();
    for (ShardProgress shard : shards) {
      GradientFacts reduced = shard.reduced();
      if (reduced == null) {
        return;
      }
      facts.add(reduced);
    }
    Decision decided = Steps.decide(attempt.step(), job, facts, attempt.skipsBefore());
    if (decided.skip() && decided.skipsInARow() > job.maxSkippedSteps()) {
      coordinator.stop(
          "too many steps in a row had a gradient that was not finite: skipsInARow="
              + decided.skipsInARow()
              + ", step="
              + attempt.step(),
          nowMs);
      return;
    }
    decision = decided;
    shards.forEach(this::apply);
  }

  /**
   * A step that was decided as not skipped had a finite gradient. (An owner that still holds the
   * gradient of a skipped step may tell of it, too.)
   */
  private void checkReducedAnew(ShardProgress shard, long nowMs) {
    GradientFacts facts = Objects.requireNonNull(shard.reduced());
    if (facts.finite() || Objects.requireNonNull(attempt.decided()).skip()) {
      apply(shard);
    } else {
      coordinator.stop(
          "a gradient reduced anew is not finite although its step was not skipped: step="
              + attempt.step()
              + ", shard="
              + shard.index(),
          nowMs);
    }
  }

  private void onApplied(Member from, Applied applied, long nowMs) {
    CommitRecord record = applied.record();
    ShardProgress shard = shards.get(applied.shard());
    reign.doubt.moved(nowMs);
    if (over || record.version() != attempt.step() + 1 || !shard.appliedBy(from, record)) {
      return;
    }
    if (!shard.isEqual()) {
      // Nobody commits: the reports under a new fence tell who is odd.
      over = true;
      doubt("replicas applied the same step to different bits: shard=" + shard.index(), nowMs);
    } else if (shards.stream().allMatch(ShardProgress::isDone)) {
      over = true;
      commit(nowMs);
    }
  }

  /** Whoever has wrong bytes must find out before it reports. */
  private void doubt(String why, long nowMs) {
    reign.doubt.raise(Scrutiny.BYTES);
    coordinator.propose(reign.configuration().next(), why, nowMs);
  }

  private void commit(long nowMs) {
    reign.doubt.dispelled(nowMs);
    List<CommitRecord> records = shards.stream().map(ShardProgress::appliedRecord).toList();
    Attempt next = Attempt.at(attempt.step() + 1, records);
    reign.out.note(
        new Note.VersionCommitted(
            reign.fence(), next.step(), next.baseHash(), next.before(), records));
    coordinator.step(next, new TreeMap<>(), nowMs);
  }
}
