package dev.sampo.simulation;

import static dev.sampo.simulation.World.Plane.CONTROL;
import static dev.sampo.simulation.World.Plane.DATA;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Configuration;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.GradientFacts;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.ShardMembers;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Message.Applied;
import dev.sampo.protocol.message.Message.Base;
import dev.sampo.protocol.message.Message.Fed;
import dev.sampo.protocol.message.Message.Held;
import dev.sampo.protocol.message.Message.Hold;
import dev.sampo.protocol.message.Message.PieceAnswer;
import dev.sampo.protocol.message.Message.Publish;
import dev.sampo.protocol.message.Message.Reduced;
import dev.sampo.protocol.message.Message.Report;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Message.ToReplica;
import dev.sampo.protocol.message.Message.ToWorker;
import dev.sampo.protocol.message.Message.Work;
import dev.sampo.protocol.shard.Replica;
import dev.sampo.protocol.shard.ReplicaOutput;
import dev.sampo.protocol.shard.ShardMemory;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What one process has of one job: its replicas, its mirror of the parameters, its one device. */
final class JobShell {
  private static final class Opened {
    final Replica replica;
    final ToyShardMemory memory;
    private @Nullable Fence fence;
    private long basePrefix;

    private final Sabotage sabotage;

    Opened(Replica replica, ToyShardMemory memory, Sabotage sabotage) {
      this.sabotage = sabotage;
      this.replica = replica;
      this.memory = memory;
    }

    void hear(Member from, ToReplica message) {
      if (message instanceof Report report && (fence == null || fence.isBelow(report.fence()))) {
        fence = report.fence();
        memory.standsUnder(report.fence());
      }
      if (message instanceof Fed fed && fence != null) {
        Fence named = sabotage.fenceOfCopy(fed.fence(), fence);
        replica.on(from, new Fed(named, fed.record(), fed.gradient()));
        return;
      }
      if (message instanceof Base base && base.fence().equals(fence)) {
        basePrefix = base.baseHash().prefix();
      }
      replica.on(from, message);
    }

    /** The highest fence that has reported here. */
    Fence known() {
      return Objects.requireNonNull(fence);
    }

    long currentBase() {
      return basePrefix;
    }
  }

  /** Bytes of one shard on their way; what they are of is all that a trace tells. */
  private record Tensor(String kind, long version, int shard) {}

  private final World world;
  private final Life life;
  private final JobSpec spec;
  private final ToyModel model;
  private final Map<Integer, Opened> replicas = new TreeMap<>();
  private final ToyDevice device;

  JobShell(Life life, JobSpec spec) {
    this.world = life.world;
    this.life = life;
    this.spec = spec;
    this.model = new ToyModel(world.history, spec);
    this.device = new ToyDevice(life, model, this);
  }

  JobSpec spec() {
    return spec;
  }

  boolean isFor(JobSpec other) {
    return spec.id().equals(other.id());
  }

  void openReplica(int shard) {
    replicas.computeIfAbsent(
        shard,
        index -> {
          ToyShardMemory memory = new ToyShardMemory(life, index, model);
          Replica replica = new Replica(life.self, index, memory, new Sending(index));
          return new Opened(replica, memory, world.sabotage);
        });
  }

  void onTick() {
    replicas.values().forEach(opened -> opened.replica.onTick());
    device.onTick();
    checkGradients();
  }

  @Nullable ToyShardMemory memoryOf(int shard) {
    Opened opened = replicas.get(shard);
    return opened == null ? null : opened.memory;
  }

  /**
   * Gradients must not pile up: at most all leaves of a step and a whole one, or a learner's feed.
   */
  void checkGradients() {
    for (Opened opened : replicas.values()) {
      int live = opened.memory.liveGradients();
      Laws.check(
          live <= Math.max(spec.slots() + 1, ShardMemory.GRADIENTS_FED),
          "gradients leak: live=" + live);
    }
  }

  void onReplica(Member from, int shard, ToReplica message) {
    Opened opened = replicas.get(shard);
    if (opened != null) {
      opened.hear(from, world.sabotage.heard(message));
    }
  }

  void onWorker(Member from, ToWorker message) {
    if (message instanceof Work work && !work.job().equals(spec.id())) {
      return;
    }
    device.on(from, message);
  }

  /** Something for another process's shell of the same job. */
  void transfer(Member to, World.Plane plane, Object what, Consumer<JobShell> deliver) {
    world.send(
        life,
        to,
        plane,
        what,
        there -> {
          JobShell shell = there.job();
          if (shell != null && shell.isFor(spec)) {
            deliver.accept(shell);
          }
        });
  }

  private void withReplica(int shard, Consumer<Opened> action) {
    Opened opened = replicas.get(shard);
    if (opened != null) {
      action.accept(opened);
    }
  }

  /** What the replica of one shard does to the world. */
  private final class Sending implements ReplicaOutput {
    private final int shard;
    private @Nullable Digest lastReduced;

    Sending(int shard) {
      this.shard = shard;
    }

    @Override
    public void toCoordinator(Member coordinator, ToCoordinator message) {
      if (message instanceof Reduced reduced) {
        world.laws.onReduced(reduced);
        lastReduced = reduced.facts().hash();
        if (world.sabotage.adoptsAnother()) {
          adoptAnother(coordinator, reduced);
        }
      }
      if (message instanceof Applied applied && world.sabotage.feedsBeforeCommit()) {
        feedAtOnce(applied);
      }
      world.send(
          life, coordinator, CONTROL, message, there -> there.toCoordinator(life.self, message));
    }

    private void feedAtOnce(Applied applied) {
      Configuration now = Objects.requireNonNull(world.laws.newest());
      ShardMembers members = now.shards().get(shard);
      CommitRecord record = applied.record();
      Digest hash = lastReduced;
      if (members.owner().equals(life.self) && hash != null && memory().holds(hash)) {
        for (Member learner : members.learners()) {
          toReplica(learner, new Fed(applied.fence(), record, hash));
          sendGradient(learner, record.version() - 1, hash, memory().gradient(hash));
        }
      }
    }

    private void adoptAnother(Member coordinator, Reduced reduced) {
      GradientFacts facts = reduced.facts();
      Digest other = Digest.ofText(facts.hash().hex());
      GradientFacts others =
          new GradientFacts(other, facts.sumSquares(), facts.finite(), facts.lossSum());
      Reduced again = new Reduced(reduced.fence(), shard, reduced.step(), others);
      world.laws.onReduced(again);
      world.send(life, coordinator, CONTROL, again, there -> there.toCoordinator(life.self, again));
    }

    @Override
    public void toReplica(Member replica, ToReplica message) {
      int index = shard;
      if (message instanceof Hold hold && world.sabotage.countsAsHeldAtOnce()) {
        Held held = new Held(hold.fence(), hold.step(), hold.gradient());
        life.later(0, () -> onReplica(replica, index, held));
      }
      transfer(replica, CONTROL, message, shell -> shell.onReplica(life.self, index, message));
    }

    @Override
    public void toWorker(WorkerId to, PieceAnswer answer) {
      world.send(life, to.member(), CONTROL, answer, there -> there.onWorker(life.self, answer));
    }

    @Override
    public void sendGradient(
        Member replica, long step, Digest hash, ShardMemory.Gradient gradient) {
      int index = shard;
      float[] values = ToyShardMemory.valuesOf(gradient).clone();
      ToyShardMemory.Handle handle = (ToyShardMemory.Handle) gradient;
      transfer(
          replica,
          DATA,
          new Tensor("gradient", step, index),
          shell ->
              shell.withReplica(
                  index,
                  at ->
                      at.replica.onGradient(
                          life.self, step, at.memory.received(values, handle.base, handle.lies))));
    }

    @Override
    public void sendParameters(Member node, CommitRecord record) {
      int index = shard;
      float[] values = memory().parameters(record);
      transfer(
          node,
          DATA,
          new Tensor("parameters", record.version(), index),
          shell -> shell.device.onParameters(index, record.version(), values));
    }

    @Override
    public void sendBlock(Member replica, Fence fence, int block, CommitRecord record) {
      int index = shard;
      ToyModel.Side bytes = memory().side(record);
      transfer(
          replica,
          DATA,
          new Tensor("block " + block, record.version(), index),
          shell -> shell.withReplica(index, at -> shell.onCopied(at, fence, block, record, bytes)));
    }

    @Override
    public void keep(CommitRecord record) {
      keeper().keep(record);
    }

    @Override
    public void publish(Publish publish) {
      keeper().publish(publish);
    }

    private Keeper keeper() {
      return new Keeper(life, spec, shard, replica(), memory());
    }

    private Replica replica() {
      return Objects.requireNonNull(replicas.get(shard)).replica;
    }

    private ToyShardMemory memory() {
      return Objects.requireNonNull(replicas.get(shard)).memory;
    }
  }

  private void onCopied(
      Opened at, Fence fence, int block, CommitRecord record, ToyModel.Side bytes) {
    life.later(
        world.random.nextInt(20),
        () -> {
          at.memory.stage(bytes);
          if (world.sabotage.takesAnyCopy()) {
            at.memory.takeBlock(block, record.version());
          } else {
            Fence named = world.sabotage.fenceOfCopy(fence, at.known());
            at.replica.onBlock(named, block, record);
          }
        });
  }

  void onPiece(ToyDevice.Piece piece) {
    withReplica(
        piece.shard(),
        at -> {
          long prefix = world.sabotage.basePrefix(piece.named().prefix(), at.currentBase());
          at.replica.onPiece(
              piece.from(),
              piece.step(),
              prefix,
              piece.node(),
              at.memory.received(piece.values(), piece.made().base, piece.isLie()));
        });
  }
}
