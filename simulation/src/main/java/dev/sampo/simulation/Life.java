package dev.sampo.simulation;

import static dev.sampo.simulation.World.Plane.CONTROL;

import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.NodeId;
import dev.sampo.protocol.Order;
import dev.sampo.protocol.Origin;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.coordinator.Acceptance;
import dev.sampo.protocol.coordinator.Coordinator;
import dev.sampo.protocol.coordinator.CoordinatorOutput;
import dev.sampo.protocol.coordinator.CoordinatorSettings;
import dev.sampo.protocol.coordinator.Loss;
import dev.sampo.protocol.coordinator.Note;
import dev.sampo.protocol.coordinator.Submission;
import dev.sampo.protocol.membership.Directory;
import dev.sampo.protocol.membership.NodeCard;
import dev.sampo.protocol.message.Message.Apply;
import dev.sampo.protocol.message.Message.Committed;
import dev.sampo.protocol.message.Message.Configured;
import dev.sampo.protocol.message.Message.Grant;
import dev.sampo.protocol.message.Message.Keep;
import dev.sampo.protocol.message.Message.Report;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Message.ToNode;
import dev.sampo.protocol.message.Message.ToReplica;
import dev.sampo.protocol.message.Message.ToVoter;
import dev.sampo.protocol.message.Message.ToWorker;
import dev.sampo.protocol.register.Voter;
import dev.sampo.protocol.register.VoterState;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One process of a node: the core's state machines, and the plainest shell round them. */
final class Life {
  private static final long COORDINATOR_TICK_MS = 15;
  private static final long BEAT_MS = 30;
  private static final long SLOW_TICK_MS = 50;
  private static final long SYNC_MS = 90;
  private static final long PREPARE_MS = 30;

  final World world;
  final Machine machine;
  final Member self;
  private final Directory directory;
  private final Voter voter;

  /** What its voter knew when it started. */
  private final VoterState known;

  private @Nullable Coordinator coordinator;
  private @Nullable JobShell job;
  private @Nullable Fence highest;
  private boolean devicesReady;
  private final Map<WorkerId, Grant> lastGrants = new TreeMap<>();

  Life(World world, Machine machine, Member self) {
    this.world = world;
    this.machine = machine;
    this.self = self;
    this.directory = new Directory(world.history.gentle() ? 300 : 130);
    this.voter = new Voter(machine.disk);
    this.known = voter.state();
  }

  void begin() {
    beat();
    every(BEAT_MS, this::beat);
    if (world.history.syncsAtIntervals()) {
      every(SYNC_MS, machine.disk::syncAll);
    }
    every(COORDINATOR_TICK_MS, this::tickCoordinator);
    every(SLOW_TICK_MS, this::tickJob);
  }

  /** What this process takes for the time. */
  long nowMs() {
    return machine.clockMs();
  }

  /** Does something in this process later, unless it has died by then. */
  void later(long delayMs, Runnable action) {
    world.after(
        delayMs,
        () ->
            machine.run(
                life -> {
                  if (life == this) {
                    action.run();
                  }
                }));
  }

  private void every(long periodMs, Runnable action) {
    later(
        periodMs,
        () -> {
          every(periodMs, action);
          action.run();
        });
  }

  // Membership.

  private void beat() {
    NodeCard card = card();
    directory.beat(card, nowMs());
    for (NodeId other : world.names()) {
      if (!other.equals(self.node())) {
        world.send(
            this,
            Member.anyOf(other),
            CONTROL,
            "beat",
            life -> life.directory.beat(card, life.nowMs()));
      }
    }
  }

  private NodeCard card() {
    JobShell running = job;
    NodeCard.WorkerCard worker =
        new NodeCard.WorkerCard(
            0,
            running != null && devicesReady ? running.spec().id() : null,
            "class-" + world.history.kernel(machine.index),
            machine.index * 10.0,
            "");
    return new NodeCard(self, "", 0, machine.stores, 1 + machine.index, List.of(worker));
  }

  // The coordinator.

  boolean leads() {
    return coordinator != null;
  }

  void lead() {
    world.trace.add(world.nowMs(), self, "leads", "");
    coordinator =
        new Coordinator(
            self.node(),
            world.firstVoters(),
            machine.disk,
            world.sabotage.between(this, new Orders()),
            new CoordinatorSettings(40, 60 + 35L * machine.index, 400, 250, 300, 2_000),
            nowMs());
  }

  void stopLeading() {
    world.trace.add(world.nowMs(), self, "stops leading", "");
    coordinator = null;
  }

  void submit(JobSpec spec) {
    if (coordinator != null) {
      coordinator.submit(spec);
    }
  }

  /** Somebody outside orders something; only who leads answers. */
  void order(Order order, BiConsumer<Order, Submission> issuer) {
    if (coordinator != null) {
      Submission answer = world.sabotage.order(coordinator, order);
      world.taken.count(Way.of(answer));
      world.trace.add(world.nowMs(), self, "hears", order + ", says " + answer);
      world.carry(() -> issuer.accept(order, answer));
    }
  }

  /** Somebody outside wants a job to go back; only who leads answers. */
  void restore(JobSpec spec, Origin origin, Consumer<Submission> restorer) {
    if (coordinator != null) {
      Submission answer = world.sabotage.restore(coordinator, spec, origin);
      world.taken.count(Way.ofRestore(answer));
      world.trace.add(world.nowMs(), self, "hears", origin + ", says " + answer);
      world.carry(() -> restorer.accept(answer));
    }
  }

  /** Somebody outside wants to know whether voters are lost; only who leads and knows answers. */
  void tellOfALoss(Consumer<Loss> bereaved) {
    if (coordinator != null) {
      coordinator.loss().ifPresent(loss -> world.carry(() -> bereaved.accept(loss)));
    }
  }

  /** Somebody outside takes voters for lost; only who leads answers. */
  void acceptLoss(Acceptance acceptance, Consumer<Submission> bereaved) {
    if (coordinator != null) {
      Submission answer = world.sabotage.acceptLoss(coordinator, acceptance, nowMs());
      world.taken.count(Way.ofLoss(answer));
      world.trace.add(
          world.nowMs(), self, "hears", "of a loss, " + acceptance + ", says " + answer);
      world.carry(() -> bereaved.accept(answer));
    }
  }

  private void tickCoordinator() {
    if (coordinator != null) {
      coordinator.onTick(directory.view(nowMs()), nowMs());
    }
  }

  void toCoordinator(Member from, ToCoordinator message) {
    if (coordinator != null) {
      world.sabotage.hear(this, coordinator, from, message, nowMs());
    }
  }

  /** What this process's coordinator does to the world. */
  private final class Orders implements CoordinatorOutput {
    @Override
    public void toVoter(NodeId to, ToVoter message) {
      Life sender = Life.this;
      world.send(sender, Member.anyOf(to), CONTROL, message, life -> life.vote(sender, message));
    }

    @Override
    public void toReplica(Member replica, int shard, ToReplica message) {
      if (message instanceof Keep keep) {
        world.laws.onKeep(keep);
      }
      if (message instanceof Apply apply) {
        world.laws.onApplySent(apply.fence(), apply.decision().step());
      }
      world.send(
          Life.this, replica, CONTROL, message, life -> life.onReplica(self, shard, message));
    }

    @Override
    public void toWorker(WorkerId worker, ToWorker message) {
      if (message instanceof Grant grant) {
        world.laws.onGrant(grant);
        Grant before = lastGrants.put(worker, grant);
        boolean fewer =
            before != null
                && before.fence().equals(grant.fence())
                && before.step() == grant.step()
                && !grant.nodes().containsAll(before.nodes());
        if (fewer) {
          world.taken.count(Way.STOLEN);
        }
      }
      world.send(
          Life.this, worker.member(), CONTROL, message, life -> life.onWorker(self, message));
    }

    @Override
    public void toNode(Member node, ToNode message) {
      world.send(Life.this, node, CONTROL, message, life -> life.onNode(message));
    }

    @Override
    public void note(Note note) {
      world.trace.add(world.nowMs(), self, "notes", note);
      world.laws.onNote(note);
    }
  }

  private void vote(Life asker, ToVoter message) {
    ToCoordinator answer = world.sabotage.vote(voter, message);
    world.send(this, asker.self, CONTROL, answer, life -> life.toCoordinator(self, answer));
  }

  // The job.

  @Nullable JobShell job() {
    return job;
  }

  private void tickJob() {
    if (job != null) {
      job.onTick();
    }
  }

  private void onNode(ToNode message) {
    switch (message) {
      case Configured m when known.ignores(m) -> {}
      case Configured configured -> {
        enter(configured.fence(), configured.configuration());
        later(PREPARE_MS, () -> devicesReady = true);
        if (configured.fence().equals(highest)
            && world.sabotage.mayLeave(configured.configuration(), self)) {
          world.laws.onDrained(self, configured);
          machine.leave();
        }
      }
      case Committed committed -> {}
    }
  }

  private void onReplica(Member from, int shard, ToReplica message) {
    if (message instanceof Report report) {
      if (known.ignores(report)) {
        return;
      }
      enter(report.fence(), report.configuration());
      if (job != null && job.isFor(report.configuration().job())) {
        job.openReplica(shard);
      }
    }
    if (job != null) {
      job.onReplica(from, shard, message);
    }
  }

  void onWorker(Member from, ToWorker message) {
    if (message instanceof Report report) {
      if (known.ignores(report)) {
        return;
      }
      enter(report.fence(), report.configuration());
    }
    if (job != null) {
      job.onWorker(from, message);
    }
  }

  /** Turns to another job if a higher fence than any known one names it. */
  private void enter(Fence fence, Configuration configuration) {
    if (highest != null && fence.isBelow(highest)) {
      return;
    }
    highest = fence;
    if (job == null || !job.isFor(configuration.job())) {
      job = new JobShell(this, configuration.job());
      devicesReady = false;
    }
  }
}
