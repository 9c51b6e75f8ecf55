package dev.sampo.protocol.simulation;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Message.Grant;
import dev.sampo.protocol.message.Message.PieceAnswer;
import dev.sampo.protocol.message.Message.PullParameters;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Message.ToReplica;
import dev.sampo.protocol.message.Message.ToWorker;
import dev.sampo.protocol.shard.Replica;
import dev.sampo.protocol.shard.ReplicaOutput;
import dev.sampo.protocol.shard.ShardMemory;
import dev.sampo.protocol.tree.TreeNode;
import dev.sampo.protocol.worker.MirrorLedger;
import dev.sampo.protocol.worker.MirrorOutput;
import dev.sampo.protocol.worker.WorkerLedger;
import dev.sampo.protocol.worker.WorkerOutput;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What one process has of one job: its replicas, its mirror of the parameters, its one device. */
final class JobShell {
  private record Opened(Replica replica, ToyShardMemory memory) {}

  /** A gradient that the device has made, and whether from what it should have been made. */
  private static final class Made {
    final float[][] gradient;
    final boolean clean;

    Made(float[][] gradient, boolean clean) {
      this.gradient = gradient;
      this.clean = clean;
    }
  }

  private record Key(long step, TreeNode node) {}

  private final World world;
  private final Life life;
  private final JobSpec spec;
  private final ToyModel model;
  private final Map<Integer, Opened> replicas = new TreeMap<>();
  private final MirrorLedger mirror;
  private final float[][][] mirrored;
  private final int[][] arrivals;
  private final WorkerLedger worker;
  private final Map<Key, Made> made = new HashMap<>();

  JobShell(Life life, JobSpec spec) {
    this.world = life.world;
    this.life = life;
    this.spec = spec;
    this.model = new ToyModel(world.history, spec);
    this.mirrored = new float[2][spec.shards()][ToyModel.WIDTH];
    this.arrivals = new int[2][spec.shards()];
    this.mirror = new MirrorLedger(spec.shards(), new Pulling());
    this.worker = new WorkerLedger(0, new Computing());
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
          ToyShardMemory memory =
              new ToyShardMemory(
                  world,
                  index,
                  model,
                  life.machine.disk.store(spec.id(), index),
                  this::mayDieInAWrite);
          return new Opened(new Replica(life.self, index, memory, new Sending(index)), memory);
        });
  }

  private void mayDieInAWrite() {
    if (world.isTroubled() && world.chance(0.003)) {
      throw new ProcessDied();
    }
  }

  void onTick() {
    replicas.values().forEach(opened -> opened.replica.onTick());
    worker.onTick();
    mirror.onTick();
    checkGradients();
  }

  /** Gradients must not pile up: at most all leaves of a step and a whole one. */
  void checkGradients() {
    for (Opened opened : replicas.values()) {
      int live = opened.memory.liveGradients();
      Laws.check(live <= spec.slots() + 1, "gradients leak: live=" + live);
    }
  }

  /** When all is done nothing is left but the last whole gradient. */
  void checkGradientsAtTheEnd() {
    for (Opened opened : replicas.values()) {
      int live = opened.memory.liveGradients();
      Laws.check(live <= 1, "gradients were left over: live=" + live);
    }
  }

  void onReplica(Member from, int shard, ToReplica message) {
    Opened opened = replicas.get(shard);
    if (opened != null) {
      opened.replica.on(from, message);
    }
  }

  void onWorker(Member from, ToWorker message) {
    if (message instanceof Grant grant && !grant.job().equals(spec.id())) {
      return;
    }
    worker.on(from, message);
    if (message instanceof Grant grant
        && grant.step() == worker.step()
        && grant.baseHash().equals(worker.baseHash())) {
      mirror.want(grant.step(), grant.baseHash(), grant.parameters(), grant.owners());
    }
  }

  /** The data plane: something for another process's shell of the same job. */
  private void transfer(Member to, String what, Consumer<JobShell> deliver) {
    world.send(
        life,
        to,
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

    Sending(int shard) {
      this.shard = shard;
    }

    @Override
    public void toCoordinator(Member coordinator, ToCoordinator message) {
      world.send(life, coordinator, message, there -> there.toCoordinator(life.self, message));
    }

    @Override
    public void toReplica(Member replica, ToReplica message) {
      int index = shard;
      transfer(replica, message.toString(), shell -> shell.onReplica(life.self, index, message));
    }

    @Override
    public void toWorker(WorkerId to, PieceAnswer answer) {
      world.send(life, to.member(), answer, there -> there.onWorker(life.self, answer));
    }

    @Override
    public void sendGradient(
        Member replica, long step, Digest hash, ShardMemory.Gradient gradient) {
      int index = shard;
      float[] values = ToyShardMemory.valuesOf(gradient).clone();
      boolean clean = ((ToyShardMemory.Handle) gradient).clean;
      transfer(
          replica,
          "gradient of step " + step,
          shell ->
              shell.withReplica(
                  index,
                  at -> at.replica.onGradient(life.self, step, at.memory.received(values, clean))));
    }

    @Override
    public void sendParameters(Member node, CommitRecord record) {
      int index = shard;
      float[] values = memory().parameters(record);
      transfer(
          node,
          "parameters of version " + record.version(),
          shell -> shell.onParameters(index, record.version(), values));
    }

    @Override
    public void sendCopy(Member replica, CommitRecord record) {
      int index = shard;
      ToyModel.Side bytes = memory().side(record);
      transfer(
          replica,
          "copy of version " + record.version(),
          shell -> shell.withReplica(index, at -> shell.onCopied(at, record, bytes)));
    }

    private ToyShardMemory memory() {
      return Objects.requireNonNull(replicas.get(shard)).memory;
    }
  }

  private void onCopied(Opened at, CommitRecord record, ToyModel.Side bytes) {
    at.memory.stage(bytes);
    life.later(world.random.nextInt(20), () -> at.replica.onCopy(record));
  }

  // Parameters.

  /** They arrive in two halves, and something may come between. */
  private void onParameters(int shard, long version, float[] values) {
    if (!mirror.onOverwrite(shard, version)) {
      return;
    }
    int which = (int) (version & 1);
    float[] side = mirrored[which][shard];
    int arrival = ++arrivals[which][shard];
    side[0] = values[0];
    life.later(
        world.random.nextInt(4),
        () -> {
          if (arrivals[which][shard] != arrival) {
            return; // superseded: only the last that was let in may write
          }
          System.arraycopy(values, 1, side, 1, ToyModel.WIDTH - 1);
          mirror.onShard(shard, version, ToyModel.digest(side));
        });
  }

  private final class Pulling implements MirrorOutput {
    @Override
    public void pull(Member owner, int shard, PullParameters request) {
      transfer(owner, request.toString(), shell -> shell.onReplica(life.self, shard, request));
    }

    @Override
    public void whole(long version, Digest baseHash) {
      worker.onParameters(version, baseHash);
    }
  }

  // The device.

  private final class Computing implements WorkerOutput {
    @Override
    public void toCoordinator(Member coordinator, ToCoordinator message) {
      world.send(life, coordinator, message, there -> there.toCoordinator(life.self, message));
    }

    @Override
    public void compute(long step, Digest baseHash, TreeNode node) {
      world.trace.add(world.nowMs(), "compute at " + life.self, node);
      float[][] side = mirrored[(int) (step & 1)];
      float[][] parameters = new float[spec.shards()][];
      for (int shard = 0; shard < spec.shards(); shard += 2) {
        parameters[shard] = side[shard].clone();
      }
      long perSlotMs = 1 + life.machine.index * 2L;
      life.later(
          node.slots() * perSlotMs + world.random.nextInt(5),
          () -> {
            for (int shard = 1; shard < spec.shards(); shard += 2) {
              parameters[shard] = side[shard].clone();
            }
            finish(step, baseHash, node, parameters);
          });
    }

    private void finish(long step, Digest baseHash, TreeNode node, float[][] parameters) {
      int who = world.history.mixed() ? 1 + life.machine.index : 0;
      boolean clean =
          Digest.over(Arrays.stream(parameters).map(ToyModel::digest).toList()).equals(baseHash);
      made.put(new Key(step, node), new Made(model.gradient(parameters, step, node, who), clean));
      worker.onComputed(step, node);
    }

    @Override
    public void push(Member owner, int shard, long step, Digest baseHash, TreeNode node) {
      Made piece = made(step, node);
      float[] values = piece.gradient[shard].clone();
      WorkerId from = new WorkerId(life.self, 0);
      transfer(
          owner,
          "piece " + node + " of step " + step + ", shard " + shard,
          shell ->
              shell.withReplica(
                  shard,
                  at ->
                      at.replica.onPiece(
                          from,
                          step,
                          baseHash.prefix(),
                          node,
                          at.memory.received(values, piece.clean))));
    }

    @Override
    public void drop(long step, TreeNode node) {
      made(step, node);
      made.remove(new Key(step, node));
    }

    private Made made(long step, TreeNode node) {
      @Nullable Made piece = made.get(new Key(step, node));
      if (piece == null) {
        throw new Violation("a piece was used that was dropped or never made: " + node);
      }
      return piece;
    }
  }
}
