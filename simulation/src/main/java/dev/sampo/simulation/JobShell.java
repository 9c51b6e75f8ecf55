package dev.sampo.simulation;

import static dev.sampo.simulation.World.Plane.CONTROL;
import static dev.sampo.simulation.World.Plane.DATA;

import dev.sampo.protocol.CommitRecord;
import dev.sampo.protocol.Digest;
import dev.sampo.protocol.Fence;
import dev.sampo.protocol.GradientFacts;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Message.Base;
import dev.sampo.protocol.message.Message.Grant;
import dev.sampo.protocol.message.Message.Held;
import dev.sampo.protocol.message.Message.Hold;
import dev.sampo.protocol.message.Message.PieceAnswer;
import dev.sampo.protocol.message.Message.Publish;
import dev.sampo.protocol.message.Message.PullParameters;
import dev.sampo.protocol.message.Message.Reduced;
import dev.sampo.protocol.message.Message.Report;
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
  private static final class Opened {
    final Replica replica;
    final ToyShardMemory memory;
    private @Nullable Fence fence;
    private long basePrefix;

    Opened(Replica replica, ToyShardMemory memory) {
      this.replica = replica;
      this.memory = memory;
    }

    void hear(Member from, ToReplica message) {
      if (message instanceof Report report && (fence == null || fence.isBelow(report.fence()))) {
        fence = report.fence();
      }
      if (message instanceof Base base && base.fence().equals(fence)) {
        basePrefix = base.baseHash().prefix();
      }
      replica.on(from, message);
    }

    long currentBase() {
      return basePrefix;
    }
  }

  /** Bytes of one shard on their way; what they are of is all that a trace tells. */
  private record Tensor(String kind, long version, int shard) {}

  /** A pushed piece: what it names, and how its bytes came about. */
  private record Piece(
      WorkerId from, long step, Digest named, TreeNode node, int shard, Made made) {
    float[] values() {
      return made.gradient[shard];
    }

    @Override
    public String toString() {
      return "piece " + node + " of step " + step + " from " + named;
    }
  }

  /** A gradient that the device has made, and from which parameters. */
  private static final class Made {
    final float[][] gradient;
    final Digest base;

    Made(float[][] gradient, Digest base) {
      this.gradient = gradient;
      this.base = base;
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
          ToyShardMemory memory = new ToyShardMemory(life, index, model);
          Replica replica = new Replica(life.self, index, memory, new Sending(index));
          return new Opened(replica, memory);
        });
  }

  void onTick() {
    replicas.values().forEach(opened -> opened.replica.onTick());
    worker.onTick();
    mirror.onTick();
    checkGradients();
  }

  @Nullable ToyShardMemory memoryOf(int shard) {
    Opened opened = replicas.get(shard);
    return opened == null ? null : opened.memory;
  }

  /** Gradients must not pile up: at most all leaves of a step and a whole one. */
  void checkGradients() {
    for (Opened opened : replicas.values()) {
      int live = opened.memory.liveGradients();
      Laws.check(live <= spec.slots() + 1, "gradients leak: live=" + live);
    }
  }

  void onReplica(Member from, int shard, ToReplica message) {
    Opened opened = replicas.get(shard);
    if (opened != null) {
      opened.hear(from, message);
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

  /** Something for another process's shell of the same job. */
  private void transfer(Member to, World.Plane plane, Object what, Consumer<JobShell> deliver) {
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

    Sending(int shard) {
      this.shard = shard;
    }

    @Override
    public void toCoordinator(Member coordinator, ToCoordinator message) {
      if (message instanceof Reduced reduced) {
        world.laws.onReduced(reduced);
        if (world.sabotage.adoptsAnother()) {
          adoptAnother(coordinator, reduced);
        }
      }
      world.send(
          life, coordinator, CONTROL, message, there -> there.toCoordinator(life.self, message));
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
      Digest base = ((ToyShardMemory.Handle) gradient).base;
      transfer(
          replica,
          DATA,
          new Tensor("gradient", step, index),
          shell ->
              shell.withReplica(
                  index,
                  at -> at.replica.onGradient(life.self, step, at.memory.received(values, base))));
    }

    @Override
    public void sendParameters(Member node, CommitRecord record) {
      int index = shard;
      float[] values = memory().parameters(record);
      transfer(
          node,
          DATA,
          new Tensor("parameters", record.version(), index),
          shell -> shell.onParameters(index, record.version(), values));
    }

    @Override
    public void sendCopy(Member replica, CommitRecord record) {
      int index = shard;
      ToyModel.Side bytes = memory().side(record);
      transfer(
          replica,
          DATA,
          new Tensor("copy", record.version(), index),
          shell -> shell.withReplica(index, at -> shell.onCopied(at, record, bytes)));
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

  private void onCopied(Opened at, CommitRecord record, ToyModel.Side bytes) {
    at.memory.stage(bytes);
    life.later(
        world.random.nextInt(20),
        () -> {
          if (world.sabotage.takesAnyCopy()) {
            at.memory.adoptCopy(record);
          } else {
            at.replica.onCopy(record);
          }
        });
  }

  private void onPiece(Opened at, Piece piece) {
    long prefix = world.sabotage.basePrefix(piece.named.prefix(), at.currentBase());
    at.replica.onPiece(
        piece.from,
        piece.step,
        prefix,
        piece.node,
        at.memory.received(piece.values(), piece.made.base));
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
      transfer(owner, CONTROL, request, shell -> shell.onReplica(life.self, shard, request));
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
      world.send(
          life, coordinator, CONTROL, message, there -> there.toCoordinator(life.self, message));
    }

    @Override
    public void compute(long step, Digest baseHash, TreeNode node) {
      world.trace.add(world.nowMs(), life.self, "computes", node);
      float[][] side = mirrored[(int) (step & 1)];
      float[][] parameters = new float[spec.shards()][];
      for (int shard = 0; shard < spec.shards(); shard += 2) {
        parameters[shard] = side[shard].clone();
      }
      long perSlotMs = (1 + life.machine.index * 2L) * life.machine.slowness();
      long forMs = node.slots() * perSlotMs + world.random.nextInt(5);
      life.later(
          forMs / 2,
          () -> {
            readTheRest(side, parameters);
            make(step, node, parameters);
            worker.onPart(node, node.first() % spec.shards());
          });
      life.later(
          forMs,
          () -> {
            readTheRest(side, parameters);
            make(step, node, parameters);
            worker.onComputed(step, node);
          });
    }

    private void readTheRest(float[][] side, float[][] parameters) {
      for (int shard = 1; shard < spec.shards(); shard += 2) {
        parameters[shard] = side[shard].clone();
      }
    }

    private void make(long step, TreeNode node, float[][] parameters) {
      int who = world.history.mixed() ? 1 + life.machine.index : 0;
      Digest base = Digest.over(Arrays.stream(parameters).map(ToyModel::digest).toList());
      made.put(new Key(step, node), new Made(model.gradient(parameters, step, node, who), base));
    }

    @Override
    public void push(Member owner, int shard, long step, Digest baseHash, TreeNode node) {
      Piece sent =
          new Piece(new WorkerId(life.self, 0), step, baseHash, node, shard, made(step, node));
      transfer(owner, DATA, sent, shell -> shell.withReplica(shard, at -> shell.onPiece(at, sent)));
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
