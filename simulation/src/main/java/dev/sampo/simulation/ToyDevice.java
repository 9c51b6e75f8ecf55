package dev.sampo.simulation;

import static dev.sampo.simulation.World.Plane.CONTROL;
import static dev.sampo.simulation.World.Plane.DATA;

import dev.sampo.protocol.Digest;
import dev.sampo.protocol.JobSpec;
import dev.sampo.protocol.Member;
import dev.sampo.protocol.WorkerId;
import dev.sampo.protocol.message.Message.PullParameters;
import dev.sampo.protocol.message.Message.ToCoordinator;
import dev.sampo.protocol.message.Message.ToWorker;
import dev.sampo.protocol.message.Message.Work;
import dev.sampo.protocol.tree.TreeNode;
import dev.sampo.protocol.worker.MirrorLedger;
import dev.sampo.protocol.worker.MirrorOutput;
import dev.sampo.protocol.worker.WorkerLedger;
import dev.sampo.protocol.worker.WorkerOutput;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The one device of a process, and its mirror of the parameters. */
final class ToyDevice {
  /** A pushed piece: what it names, and how its bytes came about. */
  record Piece(WorkerId from, long step, Digest named, TreeNode node, int shard, Made made) {
    float[] values() {
      return made.gradient[shard];
    }

    boolean isLie() {
      return made.lie == shard;
    }

    @Override
    public String toString() {
      return "piece " + node + " of step " + step + " from " + named;
    }
  }

  /** A gradient that the device has made, and from which parameters. */
  static final class Made {
    final float[][] gradient;
    final Digest base;

    /** The shard whose part is wrong, -1 for none. */
    final int lie;

    Made(float[][] gradient, Digest base, int lie) {
      this.gradient = gradient;
      this.base = base;
      this.lie = lie;
    }
  }

  private record Key(long step, TreeNode node) {}

  private final World world;
  private final Life life;
  private final JobSpec spec;
  private final ToyModel model;
  private final JobShell shell;
  private final MirrorLedger mirror;
  private final float[][][] mirrored;
  private final int[][] arrivals;
  private final WorkerLedger worker;
  private final Map<Key, Made> made = new HashMap<>();

  ToyDevice(Life life, ToyModel model, JobShell shell) {
    this.world = life.world;
    this.life = life;
    this.spec = model.job();
    this.model = model;
    this.shell = shell;
    this.mirrored = new float[2][spec.shards()][ToyModel.WIDTH];
    this.arrivals = new int[2][spec.shards()];
    this.mirror = new MirrorLedger(spec.shards(), new Pulling());
    this.worker = new WorkerLedger(0, new Computing());
  }

  void onTick() {
    worker.onTick();
    mirror.onTick();
  }

  void on(Member from, ToWorker message) {
    worker.on(from, message);
    if (message instanceof Work work
        && work.step() == worker.step()
        && work.baseHash().equals(worker.baseHash())) {
      mirror.want(work.step(), work.baseHash(), work.parameters(), work.owners());
    }
  }

  // Parameters.

  /** They arrive in two halves, and something may come between. */
  void onParameters(int shard, long version, float[] values) {
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
      shell.transfer(owner, CONTROL, request, there -> there.onReplica(life.self, shard, request));
    }

    @Override
    public void whole(long version, Digest baseHash) {
      worker.onParameters(version, baseHash);
    }
  }

  // What it computes.

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
      float[][] parameters = readHalf(side);
      long forMs = takesMs(node.slots());
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

    /** Reads slowly, as devices do: were the parameters overwritten meanwhile, it would tell. */
    @Override
    public void evaluate(long step, Digest baseHash, int slot) {
      world.trace.add(world.nowMs(), life.self, "evaluates", step + " on slot " + slot);
      float[][] side = mirrored[(int) (step & 1)];
      float[][] parameters = readHalf(side);
      life.later(
          takesMs(1),
          () -> {
            readTheRest(side, parameters);
            worker.onEvaluated(model.heldOut(parameters, slot, who()));
          });
    }

    private long takesMs(int slots) {
      long perSlotMs = (1 + life.machine.index * 2L) * life.machine.slowness();
      return slots * perSlotMs + world.random.nextInt(5);
    }

    private int who() {
      return world.history.mixed() ? 1 + world.history.kernel(life.machine.index) : 0;
    }

    private float[][] readHalf(float[][] side) {
      float[][] parameters = new float[spec.shards()][];
      for (int shard = 0; shard < spec.shards(); shard += 2) {
        parameters[shard] = side[shard].clone();
      }
      return parameters;
    }

    private void readTheRest(float[][] side, float[][] parameters) {
      for (int shard = 1; shard < spec.shards(); shard += 2) {
        parameters[shard] = side[shard].clone();
      }
    }

    private void make(long step, TreeNode node, float[][] parameters) {
      Digest base = Digest.over(Arrays.stream(parameters).map(ToyModel::digest).toList());
      float[][] gradient = model.gradient(parameters, step, node, who());
      made.put(new Key(step, node), new Made(gradient, base, lie(step, gradient)));
    }

    /** Makes one bit of one shard's part wrong, at times. */
    private int lie(long step, float[][] gradient) {
      int shard = life.machine.liesNow() ? world.random.nextInt(spec.shards()) : -1;
      if (shard >= 0) {
        float right = gradient[shard][0];
        gradient[shard][0] = Math.nextUp(right);
        shard =
            Float.floatToIntBits(right) == Float.floatToIntBits(gradient[shard][0]) ? -1 : shard;
      }
      if (shard >= 0) {
        world.laws.audits().onLie(spec, step);
      }
      return shard;
    }

    @Override
    public void push(Member owner, int shard, long step, Digest baseHash, TreeNode node) {
      Piece sent =
          new Piece(new WorkerId(life.self, 0), step, baseHash, node, shard, made(step, node));
      shell.transfer(owner, DATA, sent, there -> there.onPiece(sent));
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
