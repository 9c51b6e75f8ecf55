package dev.sampo.protocol.coordinator;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.JobStatus;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.coordinator.Recovery.Finding;
import dev.sampo.protocol.coordinator.Recovery.ShardReports;
import dev.sampo.protocol.message.Message.Fenced;
import dev.sampo.protocol.message.Message.Report;
import dev.sampo.protocol.message.Message.Reported;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Message.WorkerReported;
import dev.sampo.protocol.message.ReplicaReport;
import dev.sampo.protocol.message.Scrutiny;
import dev.sampo.protocol.message.WorkerReport;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Under a new fence: asks every replica of the configuration what it holds, and waits for all of
 * them. A replica that dies meanwhile is configured out, which raises the fence once more.
 */
final class Reporting implements Phase {
  /** Workers are waited for so many retries: what they hold need not be computed again. */
  private static final int WORKER_PATIENCE = 4;

  private final Coordinator coordinator;
  private final Reign reign;
  private final List<ShardReports> shards;
  private final Map<WorkerId, WorkerReport> workers = new TreeMap<>();
  private final Every retry;
  private final long workersUntilMs;
  private final long lookAgainMs;
  private String waitingFor = "";
  private final Scrutiny scrutiny;
  private boolean found;

  Reporting(Coordinator coordinator, Reign reign, long nowMs) {
    this.coordinator = coordinator;
    this.reign = reign;
    this.workersUntilMs = nowMs + WORKER_PATIENCE * reign.settings.retryMs();
    this.lookAgainMs = nowMs + reign.settings.restartGraceMs();
    this.retry = new Every(reign.settings.retryMs());
    this.scrutiny = reign.doubt.take();
    this.shards =
        reign.configuration().shards().stream()
            .map(members -> new ShardReports(members, new HashMap<>()))
            .toList();
  }

  @Override
  public void on(Member from, ToCoordinator message, long nowMs) {
    switch (message) {
      case Reported m when m.fence().equals(reign.fence()) ->
          onReported(from, m.shard(), m.report(), nowMs);
      case WorkerReported m when m.fence().equals(reign.fence()) -> {
        workers.put(new WorkerId(from, m.report().device()), m.report());
        actWhenComplete(nowMs);
      }
      case Fenced m when m.asked().equals(reign.fence()) -> coordinator.onFenced(from, m, nowMs);
      default -> {}
    }
  }

  private void onReported(Member from, int shard, ReplicaReport report, long nowMs) {
    ShardReports reports = shards.get(shard);
    if (reports.members().replicas().contains(from)) {
      reports.reports().put(from, report);
      // What damage has left does not speak for a shard while an undamaged replica may come back.
      reign.testimony.reported(shard, from, report.hasLostNewer() ? -1 : report.newest());
      reign.testimony.told(shard, from, report.failure());
      actWhenComplete(nowMs);
    }
  }

  private void actWhenComplete(long nowMs) {
    boolean workersReported = workers.keySet().containsAll(workersAsked());
    if (!found && replicasReported() && (workersReported || nowMs >= workersUntilMs)) {
      found = true;
      act(Recovery.find(reign.configuration(), shards), nowMs);
    }
  }

  private Set<WorkerId> workersAsked() {
    return reign.view.workersFor(reign.configuration()).keySet();
  }

  private boolean replicasReported() {
    return shards.stream()
        .allMatch(shard -> shard.reports().keySet().containsAll(shard.members().replicas()));
  }

  private void act(Finding finding, long nowMs) {
    Configuration now = reign.configuration();
    switch (finding) {
      case Finding.Level level -> {
        if (now.status() == JobStatus.CREATED) {
          waitForAWorker(now, nowMs);
        } else {
          Attempt attempt = Attempt.from(level);
          note(level.version(), "all replicas are level", attempt, nowMs);
        }
      }
      case Finding.Halfway halfway -> {
        Optional<Attempt> attempt = Attempt.from(halfway);
        if (attempt.isPresent()) {
          String what = "step " + halfway.decision().step() + " was decided and is finished";
          note(halfway.decision().step(), what, attempt.get(), nowMs);
        } else {
          coordinator.stop(
              Recovery.NO_MODEL + "a shard has lost the version that a decided step starts from",
              nowMs);
        }
      }
      case Finding.Reassign reassign ->
          coordinator.propose(now.next().withShards(reassign.shards()), reassign.why(), nowMs);
      case Finding.FallenBack fallen ->
          coordinator.propose(now.next().nextGeneration(), fallen.why(), nowMs);
      case Finding.Unequal unequal -> {
        switch (scrutiny) {
          case NONE -> askAgain(Scrutiny.BYTES, unequal.why(), nowMs);
          case BYTES -> askAgain(Scrutiny.ARITHMETIC, unequal.why(), nowMs);
          case ARITHMETIC -> coordinator.stop(unequal.why(), nowMs);
        }
      }
      case Finding.Corrupt corrupt -> coordinator.stop(corrupt.why(), nowMs);
      case Finding.Wait wait -> {
        waitFor(wait.why());
      }
    }
  }

  private void askAgain(Scrutiny closer, String why, long nowMs) {
    reign.doubt.raise(closer);
    coordinator.propose(reign.configuration().next(), why, nowMs);
  }

  private void note(long version, String what, Attempt attempt, long nowMs) {
    reign.out.note(new Note.Resumed(reign.fence(), version, what));
    coordinator.step(attempt, workers, nowMs);
  }

  /**
   * The version that it begins with is everywhere. The job runs from the moment that some device is
   * ready for it that stays: a leaver might be the last one of its class.
   */
  private void waitForAWorker(Configuration now, long nowMs) {
    Optional<String> kernelClass = reign.view.staying(now).fastestClass(now);
    if (kernelClass.isPresent()) {
      String required = now.job().mixedClasses() ? "" : kernelClass.get();
      coordinator.propose(
          now.next().running(required), "the version that it begins with is everywhere", nowMs);
    } else {
      waitFor("no device is ready for the job");
    }
  }

  /** What was reported may change: it is asked for again, and said once. */
  private void waitFor(String reason) {
    found = false;
    if (!reason.equals(waitingFor)) {
      waitingFor = reason;
      reign.out.note(new Note.Waiting(reason));
    }
  }

  /** A finished job whose replicas are gone must not keep the next one waiting. */
  private boolean isOverAndDoneWith() {
    return reign.configuration().status() == JobStatus.FINISHED && coordinator.hasANextRun();
  }

  @Override
  public void onTick(long nowMs) {
    if (isOverAndDoneWith()) {
      coordinator.rest(nowMs);
      return;
    }
    boolean waits = !waitingFor.isEmpty();
    if (coordinator.begin(nowMs)
        || coordinator.reconcile(nowMs)
        || (waits && coordinator.obey(nowMs))) {
      return;
    }
    if (waits && reign.testimony.someoneIsUnable() && nowMs >= lookAgainMs) {
      reign.testimony.nobodyIsUnable();
      coordinator.propose(
          reign.configuration().next(), "what was not there is looked for again", nowMs);
      return;
    }
    reign.announce(nowMs);
    if (!retry.isDue(nowMs)) {
      return;
    }
    Report report = new Report(reign.fence(), reign.configuration(), scrutiny);
    for (ShardReports shard : shards) {
      ShardMembers members = shard.members();
      members.replicas().stream()
          .filter(replica -> !shard.reports().containsKey(replica) || !found)
          .forEach(replica -> reign.out.toReplica(replica, members.shard(), report));
      members.learners().forEach(learner -> reign.out.toReplica(learner, members.shard(), report));
    }
    reign
        .view
        .readyFor(reign.configuration())
        .keySet()
        .forEach(worker -> reign.out.toWorker(worker, report));
    tellWhoIsMissing();
    actWhenComplete(nowMs);
  }

  private void tellWhoIsMissing() {
    List<String> missing = new ArrayList<>();
    for (ShardReports shard : shards) {
      shard.members().replicas().stream()
          .filter(replica -> !shard.reports().containsKey(replica) && !reign.view.isAlive(replica))
          .forEach(replica -> missing.add(shard.members().shard() + ":" + replica));
    }
    if (!missing.isEmpty()) {
      waitFor("replicas are not there, and no other holds a version: replicas=" + missing);
    }
  }
}
